"""Users, roles, permissions, tokens, keys and the audit log."""
