"""A lamp for Home Assistant, which can be dimmed and remembers nothing."""
