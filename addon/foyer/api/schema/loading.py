"""One statement for an edge, however many objects of a request ask for it.

Every edge and every count is described by a *batch function*: it takes the request's context and many keys, and answers
all of them with one SQL statement. Resolvers and the compiled executor both go through the request's ``Loaders``, which
gather the keys asked for within a turn of the event loop and remember the answers for the length of the request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import strawberry
from strawberry.types.field import StrawberryField

if TYPE_CHECKING:
    from foyer.api.schema.context import Context

Batch = Callable[..., Awaitable[Mapping[Any, Any]]]
"""``async def load(context, keys, **arguments)``: what each key leads to; keys that lead nowhere may be missing."""

EDGE = "foyer.edge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """How a field is loaded: by which batch function, from which attribute of its object.

    ``empty`` makes what stands for a missing answer; ``pick`` takes what the field shows from the object and the
    answer, where several fields share a batch function.
    """

    load: Batch
    key: str
    empty: Callable[[], Any]
    pick: Callable[[Any, Any], Any] | None

    def value(self, parent: Any, found: Any) -> Any:
        """What the field shows of its object, given the answer to its key."""
        if found is None:
            return self.empty()
        return found if self.pick is None else self.pick(parent, found)


@dataclass(slots=True)
class _Queue:
    """The answers of one batch function so far, and what waits to be asked."""

    known: dict[Any, Any] = field(default_factory=dict)
    wanted: dict[Any, None] = field(default_factory=dict)
    waiting: list[tuple[Sequence[Any], asyncio.Future[list[Any]]]] = field(default_factory=list)


class Loaders:
    """The batch functions of one request."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._queues: dict[Hashable, _Queue] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def one(self, load: Batch, key: Hashable, **arguments: Any) -> Any:
        """What one key leads to, or ``None``."""
        return (await self.many(load, (key,), **arguments))[0]

    def many(self, load: Batch, keys: Sequence[Any], **arguments: Any) -> asyncio.Future[list[Any]]:
        """What each key leads to, in their order; ``None`` for those that lead nowhere and for the key ``None``."""
        name = (load, tuple(sorted(arguments.items())))
        queue = self._queues.get(name)
        if queue is None:
            queue = self._queues[name] = _Queue()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[Any]] = loop.create_future()
        known = queue.known
        missing = [key for key in keys if key is not None and key not in known]
        if not missing:
            answer.set_result([known.get(key) for key in keys])
            return answer
        if not queue.waiting:
            # Two turns, so that resolvers woken by one answer all get to ask before the next statement runs.
            loop.call_soon(loop.call_soon, self._dispatch, load, arguments, queue)
        queue.wanted.update(dict.fromkeys(missing))
        queue.waiting.append((keys, answer))
        return answer

    def prime(self, load: Batch, values: Mapping[Any, Any], **arguments: Any) -> None:
        """Remember answers that are known already."""
        self._queues.setdefault((load, tuple(sorted(arguments.items()))), _Queue()).known.update(values)

    def forget(self) -> None:
        """Drop every answer, because something was changed."""
        self._queues.clear()

    def _dispatch(self, load: Batch, arguments: Mapping[str, Any], queue: _Queue) -> None:
        task = asyncio.get_running_loop().create_task(self._run(load, arguments, queue))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, load: Batch, arguments: Mapping[str, Any], queue: _Queue) -> None:
        wanted, queue.wanted = list(queue.wanted), {}
        waiting, queue.waiting = queue.waiting, []
        try:
            found = await load(self._context, wanted, **arguments)
        except asyncio.CancelledError:
            for _, answer in waiting:
                answer.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - handed to everyone who waits for the answer
            for _, answer in waiting:
                if not answer.done():
                    answer.set_exception(error)
            return
        for key in wanted:
            queue.known[key] = found.get(key)
        for keys, answer in waiting:
            if not answer.done():
                answer.set_result([queue.known.get(key) for key in keys])


def nothing() -> None:
    """Stands for an edge that leads nowhere."""


def edge(
    load: Batch,
    key: str,
    *,
    description: str,
    empty: Callable[[], Any] = nothing,
    pick: Callable[[Any, Any], Any] | None = None,
    name: str | None = None,
) -> Any:
    """A field loaded in a batch; see ``Edge``."""
    spec = Edge(load=load, key=key, empty=empty, pick=pick)
    read = attrgetter(key)

    async def resolve(self: Any, info: strawberry.Info) -> Any:
        return spec.value(self, await info.context.loaders.one(load, read(self)))

    resolve.__annotations__.pop("return")
    return strawberry.field(resolver=resolve, description=description, name=name, metadata={EDGE: spec})


def edge_of(field_: StrawberryField) -> Edge | None:
    """How a field is loaded, when it is an edge."""
    found = field_.metadata.get(EDGE)
    return found if isinstance(found, Edge) else None
