"""What a file is: probe, index, container readers, the fMP4 writer, stills, subtitles and the process runner."""
