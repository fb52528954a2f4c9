"""Log lines: ``key=value`` for people or JSON for machines, with the id of the request and never a secret."""

from __future__ import annotations

import logging
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime

import orjson

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the request a task works for."""

_SECRETS = (
    (re.compile(r"(/media/[a-z]+/)[A-Za-z0-9_-]{16,}"), r"\1…"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"), "…"),
    (re.compile(r"\bfoyer_[A-Za-z0-9_-]{12,}"), "foyer_…"),
    (
        re.compile(r"(?i)(authorization|password|token|secret|api[-_]?key)(\"?\s*[:=]\s*\"?)(?:bearer\s+)?[^\s\",;]+"),
        r"\1\2…",
    ),
)
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def redact(text: str) -> str:
    """The text without what looks like a credential: media tokens, JWTs, API keys, passwords."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def _fields(record: logging.LogRecord) -> dict[str, object]:
    extra = {key: value for key, value in vars(record).items() if key not in _STANDARD}
    if (request_id := REQUEST_ID.get()) is not None:
        extra.setdefault("request_id", request_id)
    return extra


class PlainFormatter(logging.Formatter):
    """``2026-11-20T20:10:00.123Z INFO foyer.app: The message. key=value``."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, or more with a traceback; line feeds in a message are shown, not obeyed."""
        moment = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        message = record.getMessage().replace("\r", "\\r").replace("\n", "\\n")
        extra = "".join(f" {key}={_quoted(value)}" for key, value in _fields(record).items())
        line = redact(f"{moment}Z {record.levelname} {record.name}: {message}{extra}")
        if record.exc_info and record.exc_info[0] is not None:
            line += "\n" + redact(self.formatException(record.exc_info))
        return line


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        document: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
            **{key: redact(str(value)) if isinstance(value, str) else value for key, value in _fields(record).items()},
        }
        if record.exc_info and record.exc_info[0] is not None:
            document["exception"] = redact(self.formatException(record.exc_info))
        return orjson.dumps(document, default=str).decode()


def _quoted(value: object) -> str:
    text = str(value)
    return orjson.dumps(text).decode() if not text or re.search(r'[\s"=\\]', text) else text


def configure(level: str = "info", *, json: bool = False) -> None:
    """Send every logger to standard error in one form; called once, by the entry points."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if json else PlainFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # The database driver logs every statement at debug, parameters included.
    for noisy in ("aiosqlite", "tortoise", "asyncio", "strawberry.execution"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
