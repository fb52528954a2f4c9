"""Errors as the API shows them: union members of a mutation's result, or ``errors[].extensions.code`` of a query."""

# ruff: noqa: N818 - these are types of the API, not exceptions

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Annotated, Any, Union

import strawberry

from foyer.api.schema.enums import expose
from foyer.errors import (
    CapacityError,
    ConflictError,
    ForbiddenError,
    FoyerError,
    NotFoundError,
    RateLimitedError,
    UnauthenticatedError,
    ValidationError,
)


class ErrorCode(StrEnum):
    NOT_FOUND = "NOT_FOUND"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    VALIDATION_FAILED = "VALIDATION_FAILED"
    CONFLICT = "CONFLICT"
    RATE_LIMITED = "RATE_LIMITED"
    CAPACITY_EXCEEDED = "CAPACITY_EXCEEDED"
    UNAVAILABLE = "UNAVAILABLE"
    MEDIA_UNREADABLE = "MEDIA_UNREADABLE"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    CANCELLED = "CANCELLED"
    INTERNAL = "INTERNAL"


expose(
    ErrorCode,
    "Why something failed; the same codes stand in `errors[].extensions.code`.",
    {
        ErrorCode.NOT_FOUND: "There is no such thing, or you may not know of it.",
        ErrorCode.UNAUTHENTICATED: "Nobody is logged in; log in or renew the token.",
        ErrorCode.FORBIDDEN: "Your account or key may not do this.",
        ErrorCode.VALIDATION_FAILED: "The input is wrong; `fields` says where.",
        ErrorCode.CONFLICT: "It collides with what is there now; fetch again and decide.",
        ErrorCode.RATE_LIMITED: "Too many attempts; wait `retryAfterSeconds`.",
        ErrorCode.CAPACITY_EXCEEDED: "No encoder, disk space or slot is free; try again later.",
        ErrorCode.UNAVAILABLE: "A part that is needed for this is not there now.",
        ErrorCode.MEDIA_UNREADABLE: "The file is broken or in a format that cannot be read.",
        ErrorCode.LIMIT_EXCEEDED: "The request is larger than the API allows; ask for less at once.",
        ErrorCode.CANCELLED: "It was stopped on request.",
        ErrorCode.INTERNAL: "Something unexpected; the server's log has it under the request id.",
    },
)


@strawberry.interface(description="An expected failure, in words for the user.")
class UserError:
    code: ErrorCode = strawberry.field(description="The kind of failure.")
    message: str = strawberry.field(description="One sentence that says what to do.")


@strawberry.type(description="There is no such thing, or you may not know of it.")
class NotFound(UserError):
    pass


@strawberry.type(description="Nobody is logged in.")
class Unauthenticated(UserError):
    pass


@strawberry.type(description="Your account or key may not do this.")
class Forbidden(UserError):
    pass


@strawberry.type(description="What is wrong with one field of the input.")
class FieldError:
    field: str = strawberry.field(description="The field, as it is called in the input.")
    message: str = strawberry.field(description="What it must be.")


@strawberry.type(description="The input is wrong; nothing was changed.")
class ValidationFailed(UserError):
    fields: list[FieldError] = strawberry.field(description="Each wrong field; empty when the whole is wrong.")


@strawberry.type(description="It collides with what is there now; nothing was changed.")
class Conflict(UserError):
    pass


@strawberry.type(description="Too many attempts.")
class RateLimited(UserError):
    retry_after_seconds: float = strawberry.field(description="How long to wait.")


@strawberry.type(description="No encoder, disk space or slot is free.")
class CapacityExceeded(UserError):
    retry_after_seconds: float = strawberry.field(description="How long to wait before it is worth another try.")


@strawberry.type(description="A part that is needed for this is not there now, or the file cannot be read.")
class Unavailable(UserError):
    pass


MEMBERS = (
    NotFound,
    Unauthenticated,
    Forbidden,
    ValidationFailed,
    Conflict,
    RateLimited,
    CapacityExceeded,
    Unavailable,
)
_PLAIN: dict[type[FoyerError], type[NotFound | Unauthenticated | Forbidden | Conflict]] = {
    NotFoundError: NotFound,
    UnauthenticatedError: Unauthenticated,
    ForbiddenError: Forbidden,
    ConflictError: Conflict,
}


def as_member(error: FoyerError) -> UserError:
    """The one mapper from the domain's errors to the members of a result union."""
    code, message = ErrorCode(error.code), error.message
    if isinstance(error, ValidationError):
        return ValidationFailed(code=code, message=message, fields=_fields(error))
    if isinstance(error, RateLimitedError | CapacityError):
        seconds = error.details.get("retry_after")
        wait = float(seconds) if isinstance(seconds, int | float) else 1.0
        member = RateLimited if isinstance(error, RateLimitedError) else CapacityExceeded
        return member(code=code, message=message, retry_after_seconds=wait)
    plain = next((member for kind, member in _PLAIN.items() if isinstance(error, kind)), Unavailable)
    return plain(code=code, message=message)


def extensions(error: FoyerError) -> dict[str, object]:
    """What stands in ``errors[].extensions`` for an expected failure of a query."""
    found: dict[str, object] = {"code": error.code}
    if isinstance(error, ValidationError) and (fields := _fields(error)):
        found["fields"] = [{"field": one.field, "message": one.message} for one in fields]
    if isinstance(seconds := error.details.get("retry_after"), int | float):
        found["retryAfterSeconds"] = float(seconds)
    return found


def mutation(*, description: str, anonymous: bool = False) -> Callable[[Callable[..., Awaitable[Any]]], Any]:
    """Make a resolver that returns its payload, or raises a ``FoyerError``, a mutation that returns a result union.

    The union is named after the payload (``FooPayload`` gives ``FooResult``). Somebody has to be logged in unless
    ``anonymous``. What the request remembered is forgotten
    afterwards, so that the payload shows what was written.
    """

    def decorate(resolver: Callable[..., Awaitable[Any]]) -> Any:
        signature = inspect.signature(resolver, eval_str=True)
        payload = signature.return_annotation
        name = payload.__name__.removesuffix("Payload")
        members: Any = Union.__getitem__((payload, *MEMBERS))
        what = strawberry.union(f"{name}Result", description=f"What `{name[0].lower()}{name[1:]}` answers.")
        union = Annotated[members, what]

        async def resolve(self: Any, info: strawberry.Info, **kwargs: Any) -> Any:
            try:
                if not anonymous:
                    _ = info.context.principal  # before anything is looked at
                return await resolver(self, info, **kwargs)
            except FoyerError as error:
                return as_member(error)
            finally:
                info.context.loaders.forget()

        resolve.__name__, resolve.__qualname__ = resolver.__name__, resolver.__qualname__
        resolve.__signature__ = signature.replace(return_annotation=union)  # type: ignore[attr-defined]
        resolve.__annotations__ = {
            **{name: one.annotation for name, one in signature.parameters.items()},
            "return": union,
        }
        return strawberry.field(resolver=resolve, description=description)

    return decorate


def _fields(error: ValidationError) -> list[FieldError]:
    fields = error.details.get("fields")
    if not isinstance(fields, dict):
        return []
    return [FieldError(field=str(field), message=str(message)) for field, message in fields.items()]
