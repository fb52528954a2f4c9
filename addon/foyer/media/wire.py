"""Values from a worker, checked field by field before they become types: the worker may lie."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Hashable
from enum import StrEnum
from fractions import Fraction
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from foyer.media.frames import ProtocolError

T = TypeVar("T")

_LARGEST = 1 << 62
"""Integers beyond this would not fit the database; no honest file has one."""


def read(kind: type[T], value: Any) -> T:
    """``value``, as JSON has it, as a frozen dataclass of ours; :class:`ProtocolError` for anything unexpected."""
    result: T = _reader(cast("Hashable", kind))(value)
    return result


def read_list(kind: type[T], value: Any, *, limit: int) -> tuple[T, ...]:
    """A list of at most ``limit`` such values."""
    if not isinstance(value, list) or len(value) > limit:
        raise _unexpected("list")
    reader = _reader(cast("Hashable", kind))
    return tuple(reader(item) for item in value)


def _unexpected(wanted: str) -> ProtocolError:
    return ProtocolError(f"The reader of this file sent something that is no {wanted}.", reason="protocol")


@cache
def _reader(kind: Any) -> Callable[[Any], Any]:  # noqa: PLR0911 - one return per kind of type
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return _optional(_reader(next(part for part in arguments if part is not NoneType)))
    if origin is tuple:
        return _tuple_of(_reader(arguments[0]))
    if origin is dict:
        return _text_map
    if dataclasses.is_dataclass(kind):
        return _record(kind)
    if issubclass(kind, StrEnum):
        return _member_of(kind)
    if kind is Fraction:
        return _fraction
    return _integer if kind is int else _exactly(kind)


def _optional(inner: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else inner(value)


def _tuple_of(inner: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def read_tuple(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise _unexpected("list")
        return tuple(map(inner, value))

    return read_tuple


def _record(kind: Any) -> Callable[[Any], Any]:
    hints = get_type_hints(kind)
    readers = {field.name: _reader(hints[field.name]) for field in dataclasses.fields(kind)}

    def read_record(value: Any) -> Any:
        if not isinstance(value, dict) or value.keys() != readers.keys():
            raise _unexpected(kind.__name__)
        return kind(**{name: reader(value[name]) for name, reader in readers.items()})

    return read_record


def _member_of(kind: type[StrEnum]) -> Callable[[Any], StrEnum]:
    members = {member.value: member for member in kind}

    def read_member(value: Any) -> StrEnum:
        if not isinstance(value, str) or value not in members:
            raise _unexpected(kind.__name__)
        return members[value]

    return read_member


def _exactly(kind: type) -> Callable[[Any], Any]:
    def read_exactly(value: Any) -> Any:
        if type(value) is not kind:
            raise _unexpected(kind.__name__)
        return value

    return read_exactly


def _integer(value: Any) -> int:
    if type(value) is not int or not -_LARGEST < value < _LARGEST:
        raise _unexpected("integer")
    return value


def _fraction(value: Any) -> Fraction:
    numerator, _, denominator = value.partition("/") if isinstance(value, str) else ("", "", "")
    try:
        top, bottom = int(numerator[:20]), int(denominator[:20])
    except ValueError as error:
        raise _unexpected("fraction") from error
    if bottom <= 0 or max(abs(top), bottom) >= _LARGEST:
        raise _unexpected("fraction")
    return Fraction(top, bottom)


def _text_map(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise _unexpected("map of texts")
    return value
