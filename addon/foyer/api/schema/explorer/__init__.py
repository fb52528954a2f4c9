"""The API explorer at ``/graphiql``: a page of our own, because the usual ones load their scripts from elsewhere.

The page holds no secret and may be opened by anybody; the schema it shows, the API tells to administrators only.
"""

from __future__ import annotations

from importlib.resources import files

from quart import Blueprint, Response

PATH = "/graphiql"


def explorer() -> Blueprint:
    """The page and its script; both need nothing but this server."""
    blueprint = Blueprint("graphiql", __name__)
    folder = files(__name__)
    page, script = folder.joinpath("page.html").read_bytes(), folder.joinpath("explorer.js").read_bytes()

    @blueprint.get(PATH)
    async def show() -> Response:
        return Response(page, content_type="text/html; charset=utf-8", headers={"Cache-Control": "no-cache"})

    @blueprint.get(f"{PATH}.js")
    async def code() -> Response:
        return Response(script, content_type="text/javascript; charset=utf-8", headers={"Cache-Control": "no-cache"})

    return blueprint
