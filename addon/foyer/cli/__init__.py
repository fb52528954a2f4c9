"""The commands of ``foyer``: one module each, thin over the rooms below."""
