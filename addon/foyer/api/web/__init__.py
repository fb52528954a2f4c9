"""The web UI's files, under whatever prefix the outside puts before them."""
