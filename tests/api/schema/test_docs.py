"""Every example in docs/api.md does what it says."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest
from graphql import OperationDefinitionNode, OperationType, parse

from foyer.api.http.listener import Listener, ListenerKind
from foyer.api.media.sendfile import FilePump
from foyer.api.schema import limits
from foyer.ids import ItemId, NodeKind, encode
from foyer.library.kinds import LibraryKind
from foyer.library.service import SCAN
from foyer.playback.reasons import PlayMethod
from foyer.playback.sessions import Opening
from foyer.settings.options import Options
from tests.api.schema.conftest import PASSWORD, House
from tests.api.schema.test_screens import Room

PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text()
EXAMPLES = re.findall(r"```graphql\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL)
MESSAGES = [line for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]


def _operation(text: str) -> OperationDefinitionNode:
    node = parse(text).definitions[0]
    assert isinstance(node, OperationDefinitionNode)
    return node


@pytest.fixture
async def lively(house: House, house_options: Options) -> tuple[House, dict[str, str]]:
    """A house where a job waits and something plays, and the variables the examples need."""
    accounts = house.services.accounts
    admin = house.principals["admin"]
    await accounts.users.change_password(accounts.local_principal(), admin.user_id, new=PASSWORD)
    row = await accounts.users.get(accounts.local_principal(), admin.user_id)
    house.tokens["admin"] = (await accounts.sessions.open(row, device="test", address=None)).access_token
    await house.services.jobs.enqueue(SCAN, title="Scan")
    opening = Opening(item_id=ItemId(1), file_id=None, duration_ms=None, method=PlayMethod.REMUX)
    session = await house.services.sessions.start(admin, opening)
    folder = str(house_options.media[0] / "films")
    library, _ = await house.services.libraries.create("Real", LibraryKind.MOVIES, [folder])
    room = Room(house.services.sessions)
    object.__setattr__(house.services, "screens", room)
    return house, {
        "screen": encode(NodeKind.SCREEN, room.all()[0].row),
        "film": encode(NodeKind.ITEM, 1),
        "session": encode(NodeKind.PLAYBACK_SESSION, session.id),
        "library": encode(NodeKind.LIBRARY, library.id),
    }


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: " ".join(text.split())[:50])
async def test_an_example_runs(lively: tuple[House, dict[str, str]], text: str) -> None:
    house, known = lively
    operation = _operation(text)
    names = [one.variable.name.value for one in operation.variable_definitions or ()]
    variables = {name: known[name] for name in names if name in known}
    who = None if "login(" in text else "admin"
    if operation.operation is OperationType.SUBSCRIPTION:
        stream = await house.schema.subscribe(text, variable_values=variables, context_value=await house.context(who))
        async with asyncio.timeout(5):
            result = await anext(stream)
        await stream.aclose()
        assert not result.errors
        return
    data = await house.ask(who, text, **variables)
    wanted = "VALIDATION_FAILED" if "keep_days" in text else None
    first = next(iter(data.values()))
    assert first.get("code") == wanted


@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_is_json(message: str) -> None:
    assert orjson.loads(message)


@pytest.fixture
async def served(lively: tuple[House, dict[str, str]]) -> AsyncIterator[tuple[str, str]]:
    house, _ = lively
    pump = FilePump()
    listener = Listener(house.app, pump, kind=ListenerKind.PUBLIC, host="127.0.0.1", port=0)
    await listener.start()
    yield f"http://127.0.0.1:{listener.port}", house.tokens["admin"]
    await listener.stop(0)
    pump.close()


@pytest.mark.parametrize("command", COMMANDS, ids=["ask", "follow"])
async def test_a_command_answers(served: tuple[str, str], command: str) -> None:
    url, token = served
    limit = "timeout 2 " if "-sN" in command else ""
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", limit + command),
        env={"FOYER": url, "TOKEN": token, "PATH": "/usr/bin:/bin"},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert b'"data":{' in output, output
    assert b'"errors"' not in output


def test_the_limits_are_the_ones_written_down() -> None:
    table = PAGE[PAGE.index("## Limits") : PAGE.index("## Follow")]
    for number in ("256 KiB", "8 MiB", "2,000", "12 levels", "| 30 |", "20,000", "10 seconds", "| 250 |"):
        assert number in table
    assert limits.MAX_BYTES == 256 * 1024
    assert (limits.MAX_TOKENS, limits.MAX_DEPTH, limits.MAX_ALIASES) == (2000, 12, 30)
    assert (limits.MAX_COST, limits.MAX_BATCH, limits.TIMEOUT_SECONDS) == (20_000, 10, 10.0)
