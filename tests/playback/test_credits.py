from __future__ import annotations

import pytest

from foyer.db.database import Database
from foyer.events.bus import EventBus
from foyer.events.topics import PlaybackEventKind, Topic
from foyer.ids import FileId
from foyer.playback.credits import credits_start
from foyer.playback.progress import ProgressService
from foyer.playback.reasons import PlayMethod
from foyer.playback.sessions import Opening, PlaybackSessions, PlaybackState
from tests.playback.conftest import HOUR_MS, Household

LATE_US = 55 * 60 * 1_000_000


@pytest.mark.parametrize(
    "title",
    [
        "Credits", "End Credits", "end_credits", "Closing Titles", "Abspann", "Nachspann", "Générique de fin",
        "Generique", "Créditos finales", "Titoli di coda", "Aftiteling", "Outro", "Ending",
    ],
)  # fmt: skip
def test_chapters_named_like_credits_are_credits(title: str) -> None:
    assert credits_start([(0, "Start"), (LATE_US, title)], HOUR_MS) == LATE_US // 1000


@pytest.mark.parametrize(
    "chapters",
    [
        [],
        [(LATE_US, "Chapter 12")],
        [(60_000_000, "Credits")],
        [(LATE_US, "Opening credits")],
        [(0, "Credits")],
        [(LATE_US, "The accredited spy")],
    ],
)
def test_everything_else_is_not(chapters: list[tuple[int, str]]) -> None:
    assert credits_start(chapters, HOUR_MS) is None


class Nobody:
    def seen(self, viewer: str, position_ms: int | None = None) -> None: ...

    def stop_viewer(self, viewer: str) -> None: ...


async def credits_told(
    household: Household, database: Database, bus: EventBus, progress: ProgressService, *positions_min: int
) -> int:
    """How often the credits are told to somebody who was at these minutes; the credits begin at the 55th."""
    ada = await household.person("ada")
    file = await database.reader.value("SELECT file_id FROM item_file WHERE item_id = ?", (household.film,))
    await database.execute(
        "INSERT INTO chapter (file_id, start_us, end_us, title) VALUES (?, ?, ?, 'End Credits')",
        (file, LATE_US, HOUR_MS * 1000),
    )
    sessions = PlaybackSessions(database, bus, progress, Nobody())
    first, *later = [minute * 60_000 for minute in positions_min]
    with bus.subscribe(Topic.PLAYBACK, accept=lambda event: event.kind == PlaybackEventKind.CREDITS_REACHED) as events:
        session = await sessions.start(
            ada,
            Opening(
                item_id=household.film,
                file_id=FileId(int(str(file))),
                duration_ms=HOUR_MS,
                method=PlayMethod.DIRECT_PLAY,
                position_ms=first,
            ),
        )
        for position in later:
            await sessions.heartbeat(ada, session.id, PlaybackState.PLAYING, position)
        told = 0
        while events.take() is not None:
            told += 1
    return told


@pytest.mark.parametrize(
    ("minutes", "told"), [((0, 30, 54), 0), ((0, 54, 55, 56, 57), 1), ((0, 58), 1), ((0, 56, 10, 57), 1), ((56, 57), 0)]
)
async def test_credits_are_told_once_a_session_when_they_are_reached(
    household: Household,
    database: Database,
    bus: EventBus,
    progress: ProgressService,
    minutes: tuple[int, ...],
    told: int,
) -> None:
    assert await credits_told(household, database, bus, progress, *minutes) == told
