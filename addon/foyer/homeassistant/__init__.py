"""Home Assistant: the link to its Core and Supervisor, and who comes through its ingress."""
