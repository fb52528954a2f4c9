"""The HTTP server under every transport: listeners, the guard in front of them, limits, problems and the access log."""
