"""One session on one screen: what each state of the player means for it. Pure: the clock and the screen are given."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from datetime import datetime

from foyer.homeassistant.screens.model import ACTIVE, Feature, Screen, ScreenState
from foyer.ids import ItemId, PlaybackSessionId, UserId
from foyer.playback.sessions import PlaybackState

REPORT_EVERY_S = 8.0
"""Silent sessions are taken for dead; viewers of the session page want to see it move."""
START_LIMIT_S = 30.0
"""A television wakes up and a receiver loads its program within this."""
IDLE_GRACE_S = 3.0
"""Some players are idle for a moment while they load or seek."""
GONE_GRACE_S = 60.0
"""How long a player may be unavailable before it counts as switched off."""
AWAY_GRACE_S = 900.0
"""How long Home Assistant may be away: updates and restarts take minutes, and players play on meanwhile."""
REST_EVERY_S = 45.0
"""The same while it is paused: the streaming room forgets whoever it has not heard of for a minute."""
JUMP_MS = 2_000
"""A position further than this from where playing on would have led is told at once."""
NEAR_MS = 5_000
"""A player this near to where it should begin need not seek."""
SEEK_LIMIT_S = 10.0
"""After this a player that was asked to seek is taken to be where it says."""
END_MS = 3_000
"""A player that stops this near to the end has finished."""

_LINK = re.compile(r"media/(direct|hls)/([A-Za-z0-9_-]+)/")
_STATES = {
    ScreenState.PLAYING: PlaybackState.PLAYING,
    ScreenState.PAUSED: PlaybackState.PAUSED,
    ScreenState.BUFFERING: PlaybackState.BUFFERING,
}


def token_in(text: str | None) -> str | None:
    """The token of a link of Foyer's, however it is reached."""
    found = link_in(text)
    return None if found is None else found[1]


def link_in(text: str | None) -> tuple[str, str] | None:
    """The kind of a link of Foyer's, ``direct`` or ``hls``, and its token."""
    found = _LINK.search(text or "")
    return None if found is None else (found[1], found[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is to be done after a look at the screen."""

    report: tuple[PlaybackState, int] | None = None
    """A state and a position in milliseconds to tell."""
    seek_ms: int | None = None
    """Where the player shall be sent."""
    end_ms: int | None = None
    """The session is over, and this is where it ended."""


@dataclass(slots=True, kw_only=True, eq=False)
class Showing:
    """A session that a screen shows, or shall show."""

    session: PlaybackSessionId
    user: UserId
    item: ItemId
    entity_id: str
    token: str
    duration_ms: int | None
    asked_at: datetime
    """Positions from before are about something else."""
    asked: float
    """The same on the clock."""
    position_ms: int
    """Where it is to begin, then where it was when last looked at."""
    seek_ms: int | None = None
    """Where it should have begun and is not yet."""
    patience_s: float = 0.0
    """How long to wait for it to be there by itself."""
    before: str | None = None
    """What the player showed when it was asked."""
    content_id: str | None = None
    """What the player calls what it shows for us, once it does."""
    is_accepted: bool = False
    """Whether the player has taken the request."""
    has_begun: bool = False
    state: PlaybackState = PlaybackState.BUFFERING
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when it has begun, and when it is over."""
    _looked: float = 0.0
    _begun: float = 0.0
    _reported: float = float("-inf")
    _sought: float | None = None
    _idle: float | None = None
    _missing: float | None = None

    def here(self, clock: float) -> int:
        """Where it is by now in milliseconds, if it has played on."""
        position = self.position_ms
        if self.state is PlaybackState.PLAYING and self._idle is None and self._missing is None:
            position += max(0, int((clock - self._looked) * 1000))
        return self._within(position)

    def resume(self, clock: float, state: PlaybackState) -> None:
        """Go on after a restart of the server: it had begun, and where it is will be seen."""
        self.is_accepted = self.has_begun = True
        self.state = PlaybackState.BUFFERING if state is PlaybackState.PLAYING else state
        self._looked = self._begun = clock
        self.settled.set()

    def look(self, screen: Screen | None, *, clock: float, moment: datetime, is_linked: bool) -> Step:
        """What follows from how the screen is at a moment."""
        if not is_linked:
            return self._miss(clock, AWAY_GRACE_S)
        if screen is None or screen.state is ScreenState.UNAVAILABLE:
            return self._miss(clock, GONE_GRACE_S)
        self._missing = None
        if screen.state not in ACTIVE:
            return self._rest(screen, clock)
        if not self.has_begun:
            if not self._is_ours(screen):
                return self._wait(clock)
            self.has_begun, self._begun = True, clock
            self.settled.set()
        elif self._is_other(screen):
            return Step(end_ms=self.here(clock))
        return self._go_on(screen, clock, moment)

    def _go_on(self, screen: Screen, clock: float, moment: datetime) -> Step:
        expected, self._idle = self.here(clock), None
        self.content_id = screen.content_id or self.content_id
        is_old = screen.position_at is not None and screen.position_at < self.asked_at
        told = None if is_old else screen.position_now(moment)
        position, seek_ms = self._settle(screen, expected if told is None else told, clock)
        state, before = _STATES[screen.state], self.state
        self.state, self.position_ms, self._looked = state, self._within(position), clock
        is_news = state is not before or abs(self.position_ms - expected) > JUMP_MS
        every_s = REST_EVERY_S if state is PlaybackState.PAUSED else REPORT_EVERY_S
        if not is_news and clock - self._reported < every_s:
            return Step(seek_ms=seek_ms)
        self._reported = clock
        return Step(report=(state, self.position_ms), seek_ms=seek_ms)

    def _settle(self, screen: Screen, position: int, clock: float) -> tuple[int, int | None]:
        """The position to believe, and where to send a player that did not begin where it should."""
        wanted = self.seek_ms
        if wanted is None:
            return position, None
        waited = clock - self._begun
        if wanted - NEAR_MS <= position <= wanted + NEAR_MS + int(waited * 1000):
            self.seek_ms = None
            return position, None
        if self._sought is not None:
            if clock - self._sought < SEEK_LIMIT_S:
                return wanted, None
        elif screen.can(Feature.SEEK) and waited >= self.patience_s and screen.state is not ScreenState.BUFFERING:
            self._sought = clock
            return wanted, wanted
        elif waited < SEEK_LIMIT_S:
            return wanted, None
        self.seek_ms = None
        return position, None

    def _rest(self, screen: Screen, clock: float) -> Step:
        """The player shows nothing: not yet, for a moment, or no longer."""
        if not self.has_begun:
            return self._wait(clock)
        if self._idle is None:
            self.position_ms, self._looked, self._idle = self.here(clock), clock, clock
        if screen.state is ScreenState.OFF or clock - self._idle >= IDLE_GRACE_S:
            return Step(end_ms=self._last())
        return Step()

    def _wait(self, clock: float) -> Step:
        return Step(end_ms=self.position_ms) if clock - self.asked >= START_LIMIT_S else Step()

    def _miss(self, clock: float, grace_s: float) -> Step:
        if self._missing is None:
            self.position_ms, self._looked, self._missing = self.here(clock), clock, clock
        return Step(end_ms=self.position_ms) if clock - self._missing >= grace_s else Step()

    def _last(self) -> int:
        """Where it ended: the very end counts for a player that stopped just before it."""
        if self.duration_ms is not None and self.duration_ms - self.position_ms <= END_MS:
            return self.duration_ms
        return self.position_ms

    def _is_ours(self, screen: Screen) -> bool:
        if (token := token_in(screen.content_id)) is not None:
            return token == self.token
        return self.is_accepted and (screen.content_id is None or screen.content_id != self.before)

    def _is_other(self, screen: Screen) -> bool:
        if screen.content_id is None or screen.content_id == self.content_id:
            return False
        if (token := token_in(screen.content_id)) is not None:
            return token != self.token
        return self.content_id is not None

    def _within(self, position: int) -> int:
        return max(0, position if self.duration_ms is None else min(position, self.duration_ms))
