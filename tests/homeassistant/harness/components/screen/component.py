"""A screen for Home Assistant that really plays: ffmpeg fetches and decodes what it is given, at a clock's pace."""
