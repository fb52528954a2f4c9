"""Who may encode, and on what: inventory and admission."""
