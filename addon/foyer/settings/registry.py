"""The settings there are: a table of descriptions, each with its type, default and limits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from foyer.errors import ValidationError

SettingValue = str | int | float | bool
MAX_TEXT = 1000
ADDRESS = "Use an address such as http://192.168.1.20:8096, or leave it empty."


class SettingKind(StrEnum):
    """How a setting is entered and shown; durations are seconds, sizes are bytes."""

    STRING = "string"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    DURATION = "duration"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingDescription:
    """One setting, as data: the API and the UI are generated from it."""

    key: str
    title: str
    description: str
    kind: SettingKind
    default: SettingValue
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    is_address: bool = False
    """Whether a text must be empty or an ``http`` or ``https`` address."""

    @property
    def group(self) -> str:
        """The part of the key before the first dot."""
        return self.key.partition(".")[0]

    def fits(self, value: object) -> bool:
        """Whether the value could be set."""
        return self._problem(value) is None

    def check(self, value: object) -> SettingValue:
        """Return the value if it fits; raises ``ValidationError`` with a sentence for the field otherwise."""
        if (problem := self._problem(value)) is not None:
            raise ValidationError(f"{self.title}: {problem}", fields={self.key: problem})
        assert isinstance(value, str | int | float | bool)  # noqa: S101 - what _problem has just established
        return value

    def _problem(self, value: object) -> str | None:
        match self.kind:
            case SettingKind.BOOLEAN:
                return None if isinstance(value, bool) else "Use true or false."
            case SettingKind.CHOICE:
                return None if value in self.choices else f"Choose one of {', '.join(self.choices)}."
            case SettingKind.STRING:
                if not isinstance(value, str) or len(value) > MAX_TEXT:
                    return f"Use a text of at most {MAX_TEXT} letters."
                return None if not self.is_address or _is_address(value) else ADDRESS
            case SettingKind.INTEGER | SettingKind.BYTES:
                fits = isinstance(value, int) and not isinstance(value, bool)
                return self._out_of_range(value) if fits else "Use a whole number."
            case SettingKind.FLOAT | SettingKind.DURATION:
                fits = isinstance(value, int | float) and not isinstance(value, bool) and value == value  # noqa: PLR0124 - NaN
                return self._out_of_range(value) if fits else "Use a number."

    def _out_of_range(self, value: object) -> str | None:
        assert isinstance(value, int | float)  # noqa: S101 - called for numbers only
        if self.minimum is not None and value < self.minimum:
            return f"Use at least {self.minimum:g}."
        if self.maximum is not None and value > self.maximum:
            return f"Use at most {self.maximum:g}."
        return None


def _is_address(text: str) -> bool:
    """Whether a text is empty or an address that a path can be put behind."""
    if not text:
        return True
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises for one that is none
    except ValueError:
        return False
    plain = not (parts.query or parts.fragment or parts.username or parts.password) and text.isprintable()
    return parts.scheme in ("http", "https") and bool(parts.hostname) and plain and " " not in text


GIB = 1024**3
BACKGROUND_WORK = "jobs.background"
MQTT = "homeassistant.mqtt"

DESCRIPTIONS: tuple[SettingDescription, ...] = (
    SettingDescription(
        key="server.name",
        title="Server name",
        description="What this server is called in players, in Home Assistant and on the sign-in page.",
        kind=SettingKind.STRING,
        default="Foyer",
    ),
    SettingDescription(
        key="library.watch",
        title="Watch folders",
        description="Notice new, changed and removed files at once. Network folders may not report changes.",
        kind=SettingKind.BOOLEAN,
        default=True,
    ),
    SettingDescription(
        key="library.scan_interval",
        title="Scan every",
        description="How often every library is scanned even when nothing was noticed, in seconds. 0 turns it off.",
        kind=SettingKind.DURATION,
        default=86400,
        minimum=0,
        maximum=30 * 86400,
    ),
    SettingDescription(
        key="library.trickplay",
        title="Preview pictures",
        description="Make the small pictures shown while seeking. Takes processor time once for each film.",
        kind=SettingKind.BOOLEAN,
        default=True,
    ),
    SettingDescription(
        key="library.upload_limit",
        title="Largest upload",
        description="How large an uploaded file may be, in bytes; it also has to fit on the disk.",
        kind=SettingKind.BYTES,
        default=100 * GIB,
        minimum=GIB // 1024,
        maximum=10_000 * GIB,
    ),
    SettingDescription(
        key="playback.watched_percent",
        title="Watched after",
        description="A film counts as watched when this share of it has played, in percent.",
        kind=SettingKind.INTEGER,
        default=90,
        minimum=50,
        maximum=100,
    ),
    SettingDescription(
        key="playback.resume_min_percent",
        title="Resume from",
        description="A position before this share of a film is forgotten, in percent.",
        kind=SettingKind.INTEGER,
        default=5,
        minimum=0,
        maximum=50,
    ),
    SettingDescription(
        key="playback.resume_min_duration",
        title="Shortest to resume",
        description="Titles shorter than this start from the beginning, in seconds.",
        kind=SettingKind.DURATION,
        default=300,
        minimum=0,
        maximum=7200,
    ),
    SettingDescription(
        key="streaming.cache_bytes",
        title="Space for converted video",
        description="How much disk space converted segments may take, in bytes; never more than half of what is free.",
        kind=SettingKind.BYTES,
        default=10 * GIB,
        minimum=GIB // 4,
        maximum=10_000 * GIB,
    ),
    SettingDescription(
        key="streaming.preset",
        title="Software encoder preset",
        description="Slower presets look better at the same size and need more processor time.",
        kind=SettingKind.CHOICE,
        default="veryfast",
        choices=("ultrafast", "superfast", "veryfast", "faster", "fast", "medium"),
    ),
    SettingDescription(
        key="streaming.max_transcodes",
        title="Conversions at the same time",
        description="How many videos may be converted at once; 0 decides by the processor.",
        kind=SettingKind.INTEGER,
        default=0,
        minimum=0,
        maximum=64,
    ),
    SettingDescription(
        key=MQTT,
        title="Entities by MQTT",
        description="Show sessions, libraries and the server as entities where a broker is offered. Off removes them.",
        kind=SettingKind.BOOLEAN,
        default=True,
    ),
    SettingDescription(
        key=BACKGROUND_WORK,
        title="Background work",
        description="Make previews and pictures, and convert ahead. Off, such jobs wait; scans and playback go on.",
        kind=SettingKind.BOOLEAN,
        default=True,
    ),
    SettingDescription(
        key="homeassistant.events",
        title="Tell Home Assistant",
        description="Put what happens here on Home Assistant's bus, for automations.",
        kind=SettingKind.BOOLEAN,
        default=True,
    ),
    SettingDescription(
        key="homeassistant.public_url",
        title="Address for screens",
        description="Where televisions and speakers reach Foyer, such as http://192.168.1.20:8096. Empty finds it: the "
        "add-on's published port, else through Home Assistant.",
        kind=SettingKind.STRING,
        default="",
        is_address=True,
    ),
    SettingDescription(
        key="jobs.keep_days",
        title="Keep finished jobs",
        description="Days after which finished jobs and their logs are removed.",
        kind=SettingKind.INTEGER,
        default=14,
        minimum=1,
        maximum=365,
    ),
)
BY_KEY = {description.key: description for description in DESCRIPTIONS}
