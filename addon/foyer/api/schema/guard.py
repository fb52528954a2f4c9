"""What happens around every operation: limits before it, a clock on it, and errors put into their final shape after."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any, cast

from graphql import GraphQLError, GraphQLSyntaxError, get_operation_ast
from strawberry.exceptions import MissingQueryError
from strawberry.extensions import SchemaExtension
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.execution import StreamExecutionResult

from foyer.api.schema.context import Context
from foyer.api.schema.errors import extensions
from foyer.api.schema.limits import MAX_COST, MAX_DEPTH, MAX_TOKENS, TIMEOUT_SECONDS, limit_error
from foyer.errors import FoyerError

if TYPE_CHECKING:
    from foyer.api.schema.schema import FoyerSchema

log = logging.getLogger(__name__)

_NOT_THIS_WAY = "There is no such operation in the request, or it is a change, which has to be sent with POST."


class Guard(SchemaExtension):
    """Prepares, bounds and times an operation, and shapes its errors."""

    def on_operation(self) -> Iterator[None]:
        """Shape the errors of whatever the operation answers."""
        self.execution_context.parse_options["max_tokens"] = MAX_TOKENS
        yield
        _shape_result(self.execution_context.result, self._context)

    def on_stream_result(self, result: StreamExecutionResult) -> Iterator[None]:
        """Shape the errors of one answer of many."""
        _shape_result(result, self._context)
        yield

    def on_parse(self) -> Iterator[None]:
        """Take the parsed document from the cache; what does not parse is left to be refused."""
        text = self.execution_context.query
        if isinstance(text, str):
            try:
                prepared = self._schema.documents.prepare(text, admin=self._context.is_admin)
                self.execution_context.graphql_document = prepared.document
            except (GraphQLError, RecursionError):
                pass
        yield

    def on_validate(self) -> Iterator[None]:
        """Refuse what is invalid or too large before any resolver runs.

        The errors must be set before the ``yield``: that is what stops subscriptions too.
        """
        context = self.execution_context
        prepared = self._schema.documents.prepare(context.query or "", admin=self._context.is_admin)
        errors = list(prepared.errors)
        if not errors:
            operation = get_operation_ast(prepared.document, context.operation_name)
            cost = 0 if operation is None else prepared.meter.cost(operation, context.variables)
            spent = self._context.spend(cost)
            if spent > MAX_COST:
                sentence = f"The request may bring {spent} objects; {MAX_COST} are allowed. Ask for smaller pages."
                errors.append(limit_error("cost", MAX_COST, spent, sentence))
        context.pre_execution_errors = errors
        yield

    async def on_execute(self) -> AsyncIterator[None]:
        """Stop what takes too long; a subscription is only timed until it is open."""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                yield
        except TimeoutError as error:
            sentence = f"The request took longer than {TIMEOUT_SECONDS:g} seconds and was stopped."
            raise limit_error("time", TIMEOUT_SECONDS, None, sentence) from error

    @property
    def _context(self) -> Context:
        return cast("Context", self.execution_context.context)

    @property
    def _schema(self) -> FoyerSchema:
        return cast("FoyerSchema", self.execution_context.schema)


def shape(errors: list[GraphQLError], context: Context) -> list[GraphQLError]:
    """Give every error its code and the request's id; what was not expected is logged once and masked."""
    logged: set[int] = set()
    return [error if "requestId" in (error.extensions or {}) else _shaped(error, context, logged) for error in errors]


def _shape_result(result: Any, context: Context) -> None:
    if getattr(result, "errors", None):
        result.errors = shape(result.errors, context)


def _shaped(error: GraphQLError, context: Context, logged: set[int]) -> GraphQLError:
    cause = _cause(error)
    message = error.message
    details: dict[str, Any] = dict(error.extensions or {})
    if isinstance(cause, FoyerError):
        message, details = cause.message, extensions(cause)
    elif isinstance(cause, CannotGetOperationTypeError | InvalidOperationTypeError | MissingQueryError):
        message, details = _NOT_THIS_WAY, {"code": "VALIDATION_FAILED"}
    elif isinstance(cause, RecursionError):
        return shape([limit_error("depth", MAX_DEPTH, None, "The query is nested too deeply.")], context)[0]
    elif isinstance(error, GraphQLSyntaxError) and "tokens" in message and "Parsing aborted" in message:
        details = dict(limit_error("tokens", MAX_TOKENS, None, "").extensions or {})
        message = f"The query has more than {MAX_TOKENS} words and signs."
    elif "code" not in details:
        if _is_bug(error, cause):
            if id(cause) not in logged:  # a batch that fails fails many fields
                logged.add(id(cause))
                log.error("GraphQL request %s failed at %s", context.request_id, error.path, exc_info=cause or error)
            message, details = "Something unexpected happened; the server's log has the details.", {"code": "INTERNAL"}
        else:
            details = {"code": "VALIDATION_FAILED"}
    details["requestId"] = context.request_id
    return GraphQLError(
        message, nodes=error.nodes, source=error.source, positions=error.positions, path=error.path, extensions=details
    )


def _cause(error: GraphQLError) -> Exception | None:
    """What was raised in the first place, below GraphQL's own wrapping."""
    cause: Exception | None = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def _is_bug(error: GraphQLError, cause: Exception | None) -> bool:
    """Whether the server is to blame: an exception, or a value that does not fit the schema."""
    if cause is not None and not isinstance(cause, GraphQLError):
        return True
    return error.path is not None and not error.message.startswith(("Argument '", "Variable '"))
