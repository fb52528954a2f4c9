"""Television sets for Home Assistant: players that fetch what they are given, and keep time."""
