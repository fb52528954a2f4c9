"""Transports: thin layers that turn requests into calls of the rooms below."""
