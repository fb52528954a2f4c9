"""The Quart application that transports are mounted on."""

from __future__ import annotations

import logging
from http import HTTPStatus

from quart import Quart, Response, request
from werkzeug.exceptions import HTTPException

from foyer.api.http.context import context_of
from foyer.api.http.front import BODY_LIMIT
from foyer.api.http.limits import BODY_TIMEOUT_S
from foyer.api.http.problems import CONTENT_TYPE, INTERNAL, Problem, from_error, of_status
from foyer.errors import FoyerError

log = logging.getLogger(__name__)


def create() -> Quart:
    """An empty application whose every error is a problem document."""
    app = Quart("foyer", static_folder=None)
    app.config["RESPONSE_TIMEOUT"] = None  # films and event streams take their time
    app.config["BODY_TIMEOUT"] = BODY_TIMEOUT_S
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT
    app.url_map.strict_slashes = True
    app.url_map.merge_slashes = False
    app.register_error_handler(FoyerError, _foyer_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _bug)
    return app


async def _foyer_error(error: FoyerError) -> Response:
    return respond(from_error(error))


async def _http_error(error: HTTPException) -> Response:
    detail = "There is nothing here." if error.code == HTTPStatus.NOT_FOUND else None
    problem = of_status(error.code or 500, detail)
    headers = tuple((name, value) for name, value in error.get_headers() if name.lower() == "allow")
    return respond(Problem(status=problem.status, code=problem.code, detail=problem.detail, headers=headers))


async def _bug(error: Exception) -> Response:
    log.error("A request failed", exc_info=error, extra={"path": request.path})
    return respond(INTERNAL)


def respond(problem: Problem) -> Response:
    """A problem as a response."""
    response = Response(
        problem.body(context_of(request.scope).request_id), status=problem.status, content_type=CONTENT_TYPE
    )
    response.headers["Cache-Control"] = "no-store"
    for name, value in problem.headers:
        response.headers[name] = value
    return response
