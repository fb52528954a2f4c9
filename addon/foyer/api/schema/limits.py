"""How much one request may ask for, measured on the document with its fragments expanded.

The cost of an operation is the number of objects its answer may hold at most: a connection counts ``first`` times what
is selected of its entries, any other list counts as ten, and fields that do more than read add their own weight.
Fragments are measured once each, so a document that nests them to explode costs no more to measure than to parse.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
    is_list_type,
)
from graphql.type import get_nullable_type
from strawberry.schema.schema_converter import GraphQLCoreConverter

from foyer.api.schema.connection import MAX_FIRST
from foyer.api.schema.fields import COST

MAX_BYTES = 256 * 1024
MAX_TOKENS = 2000
MAX_ALIASES = 30
MAX_DEPTH = 12
MAX_COST = 20_000
MAX_BATCH = 10
TIMEOUT_SECONDS = 10.0
MAX_COSTS = 64
"""Costs remembered for a document, by the sizes its variables ask for."""
LIST_SIZE = 10
"""What a list that is no connection counts as."""


def limit_error(limit: str, maximum: float, actual: float | None, sentence: str) -> GraphQLError:
    """The refusal of a request that is too large; ``limit`` names which bound was passed."""
    extensions: dict[str, Any] = {"code": "LIMIT_EXCEEDED", "limit": limit, "maximum": maximum}
    if actual is not None:
        extensions["actual"] = actual
    return GraphQLError(sentence, extensions=extensions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """The size of an operation that does not depend on its variables."""

    depth: int
    aliases: int


@dataclass(slots=True)
class Meter:
    """Measures the operations of one document."""

    schema: GraphQLSchema
    document: DocumentNode
    _fragments: dict[str, FragmentDefinitionNode] = field(init=False)
    _measured: dict[str, Measure | None] = field(default_factory=dict)
    _costs: dict[tuple[object, ...], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._fragments = {
            node.name.value: node for node in self.document.definitions if isinstance(node, FragmentDefinitionNode)
        }

    def check_shape(self) -> GraphQLError | None:
        """The first bound on depth or aliases that an operation of the document passes."""
        try:
            measures = [
                self._measure(node.selection_set)
                for node in self.document.definitions
                if isinstance(node, OperationDefinitionNode)
            ]
        except RecursionError:
            return limit_error("depth", MAX_DEPTH, None, "The query is nested too deeply.")
        depth = max((measure.depth for measure in measures), default=0)
        if depth > MAX_DEPTH:
            return limit_error("depth", MAX_DEPTH, depth, f"The query is {depth} levels deep; {MAX_DEPTH} are allowed.")
        aliases = max((measure.aliases for measure in measures), default=0)
        if aliases > MAX_ALIASES:
            return limit_error(
                "aliases", MAX_ALIASES, aliases, f"The query has {aliases} aliases; {MAX_ALIASES} are allowed."
            )
        return None

    def measure(self, operation: OperationDefinitionNode) -> Measure:
        """How deep an operation is and how many aliases it has."""
        return self._measure(operation.selection_set)

    def cost(self, operation: OperationDefinitionNode, variables: Mapping[str, Any] | None) -> int:
        """How many objects the answer may hold at most."""
        root = self.schema.get_root_type(operation.operation)
        if root is None:
            return 0
        sizes = {name: _size_of(value) for name, value in (variables or {}).items()}
        key = (id(operation), *sorted(sizes.items()))
        if key not in self._costs:
            if len(self._costs) >= MAX_COSTS:
                self._costs.clear()
            costing = _Costing(self.schema, self._fragments, sizes)
            self._costs[key] = costing.selection(root, operation.selection_set, 1)
        return self._costs[key]

    def _measure(self, selection: SelectionSetNode) -> Measure:
        depth = aliases = 0
        for node in selection.selections:
            match node:
                case FieldNode():
                    inner = self._measure(node.selection_set) if node.selection_set else Measure(depth=0, aliases=0)
                    found = Measure(depth=inner.depth + 1, aliases=inner.aliases + (node.alias is not None))
                    if node.name.value.startswith("__"):
                        found = Measure(depth=0, aliases=found.aliases)
                case InlineFragmentNode():
                    found = self._measure(node.selection_set)
                case FragmentSpreadNode():
                    found = self._of_fragment(node.name.value)
                case _:
                    continue
            depth = max(depth, found.depth)
            aliases += found.aliases
        return Measure(depth=depth, aliases=aliases)

    def _of_fragment(self, name: str) -> Measure:
        if name not in self._measured:
            self._measured[name] = None  # a fragment inside itself is refused by validation
            definition = self._fragments.get(name)
            self._measured[name] = self._measure(definition.selection_set) if definition else None
        return self._measured[name] or Measure(depth=0, aliases=0)


@dataclass(slots=True)
class _Costing:
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, int]
    """How many entries each variable may ask for."""
    _known: dict[tuple[str, str, int], int] = field(default_factory=dict)

    def selection(self, parent: GraphQLNamedType, selection: SelectionSetNode, size: int) -> int:
        """The cost of a selection; ``size`` is how many entries the page has that it is selected of."""
        return sum(self._node(parent, node, size) for node in selection.selections)

    def _node(self, parent: GraphQLNamedType, node: Any, size: int) -> int:
        match node:
            case FieldNode():
                return self._field(parent, node, size)
            case InlineFragmentNode(type_condition=condition):
                on = self.schema.get_type(condition.name.value) if condition else parent
                return self.selection(on or parent, node.selection_set, size)
            case FragmentSpreadNode():
                return self._fragment(node.name.value, size)
        return 0

    def _fragment(self, name: str, size: int) -> int:
        definition = self.fragments.get(name)
        on = None if definition is None else self.schema.get_type(definition.type_condition.name.value)
        if definition is None or on is None:
            return 0
        key = (name, on.name, size)
        if key not in self._known:
            self._known[key] = 0
            self._known[key] = self.selection(on, definition.selection_set, size)
        return self._known[key]

    def _field(self, parent: GraphQLNamedType, node: FieldNode, size: int) -> int:
        fields = parent.fields if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else {}
        definition = fields.get(node.name.value)
        if definition is None:
            return 0
        own = _weight(definition)
        named = get_named_type(definition.type)
        if is_leaf_type(named) or node.selection_set is None:
            return own
        page = self._page_size(definition, node)
        listed = is_list_type(get_nullable_type(definition.type))
        inner = self.selection(named, node.selection_set, page or 1)
        if not listed:
            return own + 1 + inner
        times = page or (size if parent.name.endswith("Connection") else LIST_SIZE)
        return own + times * (1 + inner)

    def _page_size(self, definition: GraphQLField, node: FieldNode) -> int | None:
        """How many entries the arguments ask for: ``first``, or the number of ``ids``."""
        for name in ("first", "ids"):
            argument = definition.args.get(name)
            if argument is None:
                continue
            given = next((one.value for one in node.arguments or () if one.name.value == name), None)
            return max(1, min(self._number(given, definition, name), MAX_FIRST))
        return None

    def _number(self, given: ValueNode | None, definition: GraphQLField, name: str) -> int:
        match given:
            case IntValueNode(value=value):
                return int(value)
            case ListValueNode(values=values):
                return len(values)
            case VariableNode(name=variable):
                return self.variables.get(variable.value, MAX_FIRST)
            case None:
                default = definition.args[name].default_value
                return default if isinstance(default, int) else MAX_FIRST
        return MAX_FIRST


def _size_of(value: object) -> int:
    """How many entries a variable may ask for: itself, or as many as it lists."""
    if isinstance(value, int):
        return max(0, min(value, MAX_FIRST))
    return len(value) if isinstance(value, list) else MAX_FIRST


def _weight(definition: GraphQLField) -> int:
    source = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    weight = source.metadata.get(COST, 0) if source is not None else 0
    return int(weight)
