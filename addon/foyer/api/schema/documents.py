"""Parsed, validated and measured documents, kept for the next time the same text comes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass

from graphql import DocumentNode, GraphQLError, GraphQLSchema, parse, validate
from graphql.validation import NoSchemaIntrospectionCustomRule, specified_rules

from foyer.api.schema.limits import MAX_TOKENS, Meter

CACHE_CHARACTERS = 512 * 1024
"""Altogether; a syntax tree takes some hundred times the memory of its text."""

_FOR_ADMINS = tuple(specified_rules)
_FOR_OTHERS = (*specified_rules, NoSchemaIntrospectionCustomRule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A document that parsed, with what is wrong with it."""

    document: DocumentNode
    errors: tuple[GraphQLError, ...]
    meter: Meter


class Documents:
    """Prepares documents; what was prepared is remembered, the least recently used going first.

    The texts of ``trusted`` documents are known beforehand, so that their shape needs no bounds.
    """

    def __init__(self, schema: GraphQLSchema, trusted: Collection[str] = ()) -> None:
        self._schema = schema
        self._trusted = frozenset(trusted)
        self._known: OrderedDict[tuple[str, bool], Prepared] = OrderedDict()
        self._characters = 0

    def prepare(self, text: str, *, admin: bool) -> Prepared:
        """Parse, measure and validate; raises ``GraphQLError`` for bad syntax, ``RecursionError`` for deep nesting.

        Only admins may introspect, and only they are told which name was meant when one does not exist.
        """
        key = (text, admin)
        known = self._known.get(key)
        if known is not None:
            self._known.move_to_end(key)
            return known
        document = parse(text, max_tokens=MAX_TOKENS)
        meter = Meter(self._schema, document)
        prepared = Prepared(document=document, errors=self._check(text, meter, admin=admin), meter=meter)
        self._remember(key, prepared)
        return prepared

    def _check(self, text: str, meter: Meter, *, admin: bool) -> tuple[GraphQLError, ...]:
        # Measured first: validating what is nested to explode is itself expensive.
        if text not in self._trusted and (too_large := meter.check_shape()) is not None:
            return (too_large,)
        rules = _FOR_ADMINS if admin else _FOR_OTHERS
        return tuple(validate(self._schema, meter.document, rules, max_errors=20, hide_suggestions=not admin))

    def _remember(self, key: tuple[str, bool], prepared: Prepared) -> None:
        self._known[key] = prepared
        self._characters += len(key[0])
        while self._characters > CACHE_CHARACTERS and self._known:
            (text, _), _ = self._known.popitem(last=False)
            self._characters -= len(text)
