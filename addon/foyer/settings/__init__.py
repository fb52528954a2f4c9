"""What can be set: options known before the start, and settings in the database changed while running."""
