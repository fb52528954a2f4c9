"""Files that people send into a library, in pieces, resumable after any break."""
