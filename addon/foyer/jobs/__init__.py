"""The durable queue: a job is a row before it is a task, and knows nothing of what it does."""
