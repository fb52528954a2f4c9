"""The scan: walk the folders, compare with what is known, recognise moves, probe what is new, write in batches."""
