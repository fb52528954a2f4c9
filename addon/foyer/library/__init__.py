"""Libraries: their kinds, what files mean by their names, scanning, watching, and the item graph."""
