"""Device profiles, the decision and its reasons, sessions, progress, next up and remote control."""
