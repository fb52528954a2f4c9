"""Serve the web UI: the page at ``/`` and its files beside it. Routes inside the UI are behind ``#``."""

from __future__ import annotations

import asyncio
import hashlib
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path

from quart import Blueprint, Response, request
from werkzeug.datastructures import Headers

from foyer.api.http.conditional import Validators, evaluate
from foyer.api.http.context import context_of
from foyer.api.web.files import WebFile, WebFiles
from foyer.api.web.page import NOT_BUILT, with_base
from foyer.errors import NotFoundError

FOREVER = "public, max-age=31536000, immutable"
ASK_FIRST = "no-cache"


def default_folder() -> Path:
    """Where the built UI is: in an installed package beside this module, in a source tree under ``web/dist``."""
    packaged = Path(str(files("foyer.api.web"))) / "dist"
    if (packaged / "index.html").is_file():
        return packaged
    return Path(str(files("foyer"))).parents[1] / "web" / "dist"


def site(folder: Path) -> Blueprint:
    """The routes that serve a folder with a built UI."""
    blueprint = Blueprint("web", __name__)
    listing = WebFiles(folder)

    @blueprint.get("/")
    async def page() -> Response:
        base_path = context_of(request.scope).base_path
        index = await asyncio.to_thread(listing.find, "index.html")
        source = NOT_BUILT if index is None else await asyncio.to_thread(listing.read, index, compress=False)
        content = with_base(source, base_path)
        etag = f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
        return _respond(content, etag=etag, content_type="text/html; charset=utf-8", cache=ASK_FIRST)

    @blueprint.get("/<path:name>")
    async def file(name: str) -> Response:
        found = await asyncio.to_thread(listing.find, name)
        if found is None or name == "index.html":
            raise NotFoundError("There is nothing here.")
        return await _file(listing, found)

    return blueprint


async def _file(listing: WebFiles, found: WebFile) -> Response:
    compress = found.is_compressible and "gzip" in request.headers.get("Accept-Encoding", "")
    content = await asyncio.to_thread(listing.read, found, compress=compress)
    etag = f'{found.etag[:-1]}-gz"' if compress else found.etag
    response = _respond(
        content, etag=etag, content_type=found.content_type, cache=FOREVER if found.immutable else ASK_FIRST
    )
    if found.is_compressible:
        response.headers["Vary"] = "Accept-Encoding"
    if compress and response.status_code == HTTPStatus.OK:
        response.headers["Content-Encoding"] = "gzip"
    return response


def _respond(content: bytes, *, etag: str, content_type: str, cache: str) -> Response:
    validators = Validators(etag=etag)
    status = evaluate(request.method, lowered(request.headers), validators)
    response = Response(content if status is HTTPStatus.OK else b"", status=status)
    response.headers["Cache-Control"] = cache
    response.headers["ETag"] = etag
    if status is HTTPStatus.OK:
        response.headers["Content-Type"] = content_type
    else:
        response.headers.pop("Content-Type", None)
    return response


def lowered(headers: Headers) -> dict[str, str]:
    """Header fields by lower-case name."""
    return {name.lower(): value for name, value in headers.items()}
