"""The one HTML page: its base is put in for each request, because ingress lives under a prefix that changes."""

from __future__ import annotations

import html
import re

_BASE = re.compile(rb"<base\b[^>]*>", re.IGNORECASE)
_HEAD = re.compile(rb"<head\b[^>]*>", re.IGNORECASE)

NOT_BUILT = b"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Foyer</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:15vh auto;padding:0 1rem}</style></head>
<body><h1>Foyer is running</h1><p>The web interface has not been built. Run <code>script/setup</code> in the source
folder, or <code>npm run build</code> in <code>web/</code>, and load this page again.</p>
<p>The API answers at <code>graphql</code>.</p></body></html>
"""


def with_base(page: bytes, base_path: str) -> bytes:
    """The page with ``<base href>`` set to a prefix without its last slash; empty for the root."""
    base = b'<base href="%s/">' % html.escape(base_path, quote=True).encode()
    if _BASE.search(page):
        return _BASE.sub(lambda _: base, page, count=1)
    return _HEAD.sub(lambda head: head[0] + base, page, count=1)
