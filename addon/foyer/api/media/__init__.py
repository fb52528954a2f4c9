"""Bytes: files, pictures, subtitles, preview sheets and streams, each behind a signed token in its path."""
