"""The executor: graphql-core's, with plans for what is large and plain."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from graphql import GraphQLNonNull, GraphQLObjectType, GraphQLOutputType, GraphQLResolveInfo
from graphql.execution.collect_fields import FieldDetails
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from foyer.api.schema.context import Context
from foyer.api.schema.plan import Compiler, NotPlannedError


class CompiledExecutor(StrawberryGraphQLCoreExecutionContext):
    """Completes objects and lists of objects by plan where it can; falls back for anything else, and for any error."""

    _compiler: Compiler | None = None

    @classmethod
    def build(
        cls,
        schema: Any,
        document: Any,
        root_value: Any = None,
        context_value: Any = None,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """Only admins are told which name or value was meant when one does not exist."""
        kwargs["hide_suggestions"] = not (isinstance(context_value, Context) and context_value.is_admin)
        return super().build(schema, document, root_value, context_value, *args, **kwargs)

    def build_per_event_executor(self, payload: Any) -> Any:
        """Each event of a subscription reads anew."""
        executor = super().build_per_event_executor(payload)
        if isinstance(executor.context_value, Context):
            executor.context_value = executor.context_value.again()
        return executor

    def complete_iterable_value(
        self,
        item_type: GraphQLOutputType,
        field_details_list: list[FieldDetails],
        info: GraphQLResolveInfo[Any],
        path: Path,
        items: Iterable[Any],
        position_context: Any,
    ) -> Any:
        """Complete a list: of objects by plan."""
        fall_back = super().complete_iterable_value
        if not isinstance(items, list | tuple) or not isinstance(self.context_value, Context):
            return fall_back(item_type, field_details_list, info, path, items, position_context)
        nullable = not isinstance(item_type, GraphQLNonNull)
        named = item_type.of_type if isinstance(item_type, GraphQLNonNull) else item_type
        complete = self._plans.objects(named, field_details_list, nullable=nullable)
        if complete is None:
            return fall_back(item_type, field_details_list, info, path, items, position_context)
        loaders = self.context_value.loaders
        return _or_else(
            lambda: complete(list(items), loaders),
            lambda: fall_back(item_type, field_details_list, info, path, items, position_context),
        )

    def complete_object_value(
        self,
        return_type: GraphQLObjectType,
        field_details_list: list[FieldDetails],
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        """Complete an object by plan."""
        fall_back = super().complete_object_value
        if not isinstance(self.context_value, Context):
            return fall_back(return_type, field_details_list, info, path, result, position_context)
        complete = self._plans.objects(return_type, field_details_list, nullable=False)
        loaders = self.context_value.loaders
        return _or_else(
            lambda: _only(complete([result], loaders)) if complete is not None else _refused(),
            lambda: fall_back(return_type, field_details_list, info, path, result, position_context),
        )

    @property
    def _plans(self) -> Compiler:
        if self._compiler is None:
            self._compiler = Compiler(self)
        return self._compiler


def _refused() -> Any:
    raise NotPlannedError


def _only(column: Any) -> Any:
    if isinstance(column, list):
        return column[0]

    async def later() -> Any:
        return (await column())[0]

    return later


def _or_else(plan: Callable[[], Any], fall_back: Callable[[], Any]) -> Any:
    """What the plan gives, or what graphql-core gives when the plan raises anything at all.

    graphql-core meets the same problem, and words it. It is asked outside of the handler, so that its errors do not
    carry the plan's along.
    """
    try:
        done = plan()
    except Exception:  # noqa: BLE001 - see above
        done = None
    if done is None:
        return fall_back()
    return done if isinstance(done, list | dict) else _or_else_later(done, fall_back)


async def _or_else_later(planned: Callable[[], Awaitable[Any]], fall_back: Callable[[], Any]) -> Any:
    try:
        done = await planned()
    except Exception:  # noqa: BLE001 - as above
        done = None
    if done is not None:
        return done
    again = fall_back()
    return again if isinstance(again, list | dict) else await again
