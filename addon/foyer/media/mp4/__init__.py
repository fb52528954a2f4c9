"""MP4, MOV and fragmented MP4: boxes, sample tables, edit lists."""
