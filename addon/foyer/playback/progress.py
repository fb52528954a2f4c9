"""Where a user is in an item: resume positions, the watched rule, favourites and ratings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from foyer.accounts.principal import Principal
from foyer.accounts.roles import Permission
from foyer.db.database import Database
from foyer.db.fields import now, to_instant
from foyer.errors import NotFoundError, ValidationError
from foyer.events.bus import EventBus
from foyer.events.topics import PlaybackEventKind, Topic
from foyer.ids import ItemId, UserId
from foyer.settings.store import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeRules:
    """When a position is worth keeping and when a title counts as watched; percentages of its duration."""

    watched_percent: int
    resume_min_percent: int
    resume_min_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a position means for the user's state."""

    position_ms: int
    watched: bool


def judge(position_ms: int, duration_ms: int | None, rules: ResumeRules) -> Outcome:
    """Apply the rules to a position.

    Without a known duration the position is kept and nothing is watched. A position past the end counts as the end.
    """
    position_ms = max(0, position_ms)
    if not duration_ms or duration_ms <= 0:
        return Outcome(position_ms=position_ms, watched=False)
    if position_ms * 100 >= duration_ms * rules.watched_percent:
        return Outcome(position_ms=0, watched=True)
    too_early = position_ms * 100 < duration_ms * rules.resume_min_percent
    if too_early or duration_ms < rules.resume_min_ms:
        return Outcome(position_ms=0, watched=False)
    return Outcome(position_ms=position_ms, watched=False)


class ProgressService:
    """Reads and writes users' states; every change is an event."""

    def __init__(self, database: Database, bus: EventBus, settings: Settings) -> None:
        self._database = database
        self._bus = bus
        self._settings = settings

    @property
    def rules(self) -> ResumeRules:
        """The rules as they are set now."""
        return ResumeRules(
            watched_percent=self._settings.integer("playback.watched_percent"),
            resume_min_percent=self._settings.integer("playback.resume_min_percent"),
            resume_min_ms=int(self._settings.number("playback.resume_min_duration") * 1000),
        )

    async def record(
        self, user: UserId, item: ItemId, position_ms: int, duration_ms: int | None, *, was_watched: bool
    ) -> Outcome:
        """Keep how far a user is; ``was_watched`` keeps one sitting from counting twice."""
        outcome = judge(position_ms, duration_ms, self.rules)
        moment = to_instant(now())
        counted = int(outcome.watched and not was_watched)
        await self._database.execute(
            "INSERT INTO play_state (user_id, item_id, position_ms, watched, play_count, last_played_at, updated_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (user_id, item_id) DO UPDATE SET "
            "position_ms = excluded.position_ms, watched = max(watched, excluded.watched), "
            "play_count = play_count + excluded.play_count, last_played_at = excluded.last_played_at, "
            "updated_at = excluded.updated_at",
            (user, item, outcome.position_ms, int(outcome.watched), counted, moment, moment),
        )
        return outcome

    async def resume_position(self, user: UserId, item: ItemId) -> int:
        """Where to go on, in milliseconds; 0 to start over."""
        found = await self._database.reader.value(
            "SELECT position_ms FROM play_state WHERE user_id = ? AND item_id = ?", (user, item)
        )
        return int(str(found)) if found is not None else 0

    async def set_watched(self, principal: Principal, item: ItemId, *, watched: bool) -> None:
        """Mark an item, or every episode of a series or season, as watched or not."""
        principal.require(Permission.MANAGE_OWN_STATE)
        await self._require_visible(principal, item)
        items = await self._playable_below(item)
        first = to_instant(now())
        # Each episode gets an instant of its own, in order, so that next up knows which came last.
        rows = [
            (principal.user_id, each, int(watched), int(watched), first + offset if watched else None, first)
            for offset, each in enumerate(items)
        ]
        await self._database.execute_many(
            "INSERT INTO play_state (user_id, item_id, watched, play_count, last_played_at, updated_at) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (user_id, item_id) DO UPDATE SET position_ms = 0, "
            "play_count = CASE WHEN excluded.watched AND NOT watched THEN play_count + 1 "
            "WHEN excluded.watched THEN play_count ELSE 0 END, "
            "last_played_at = CASE WHEN excluded.watched AND watched THEN last_played_at "
            "ELSE excluded.last_played_at END, "
            "watched = excluded.watched, updated_at = excluded.updated_at",
            rows,
        )
        self._announce(principal, items if len(items) == 1 else (item,))

    async def set_favourite(self, principal: Principal, item: ItemId, *, favourite: bool) -> None:
        """Add an item to the user's favourites or take it out."""
        await self._set_own(principal, item, "favourite", int(favourite))

    async def set_rating(self, principal: Principal, item: ItemId, rating: int | None) -> None:
        """Rate an item from 1 to 10, or take the rating back; raises ``ValidationError`` for other numbers."""
        if rating is not None and not 1 <= rating <= 10:
            raise ValidationError("A rating is from 1 to 10.", fields={"rating": "Use a number from 1 to 10."})
        await self._set_own(principal, item, "rating", rating)

    async def _set_own(self, principal: Principal, item: ItemId, column: str, value: int | None) -> None:
        principal.require(Permission.MANAGE_OWN_STATE)
        await self._require_visible(principal, item)
        await self._database.execute(
            f"INSERT INTO play_state (user_id, item_id, {column}, updated_at) VALUES (?, ?, ?, ?) "  # noqa: S608 - callers name a column
            f"ON CONFLICT (user_id, item_id) DO UPDATE SET {column} = excluded.{column}, "
            "updated_at = excluded.updated_at",
            (principal.user_id, item, value, to_instant(now())),
        )
        self._announce(principal, (item,))

    async def _require_visible(self, principal: Principal, item: ItemId) -> None:
        library = await self._database.reader.value("SELECT library_id FROM item WHERE id = ?", (item,))
        if not isinstance(library, int) or not principal.may_see(library):
            raise NotFoundError("There is no such item.", id=item)

    async def _playable_below(self, item: ItemId) -> tuple[ItemId, ...]:
        """The item itself or, for a series or season, its episodes in order."""
        rows = await self._database.reader.all(
            "SELECT id FROM item WHERE kind = 'episode' AND (series_id = ?1 OR parent_id = ?1) "
            "ORDER BY season_number, number, premiered, id",
            (item,),
        )
        return tuple(ItemId(row["id"]) for row in rows) or (item,)

    def _announce(self, principal: Principal, items: Sequence[ItemId]) -> None:
        for item in items:
            self._bus.publish(
                Topic.PLAYBACK, PlaybackEventKind.STATE_CHANGED, {"user_id": principal.user_id, "item_id": item}
            )
