"""Notice what changes in library folders, and scan just that."""
