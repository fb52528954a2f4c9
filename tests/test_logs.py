from __future__ import annotations

import json
import logging
import sys

import pytest

from foyer.logs import REQUEST_ID, JsonFormatter, PlainFormatter, redact

SECRETS = [
    "/media/hls/AQJkZQABgICAgAGHzMzvBqgBxgxxxxxxxxxxxx/v0/12.m4s",
    "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJl",
    "authorization: Bearer abcdefghijkl",
    "key foyer_dGhpcyBpcyBhIHNlY3JldCBrZXk",
    'password="hunter22"',
    "token=abcdef123456",
]


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_never_reaches_a_log(text: str) -> None:
    for part in ("AQJkZQ", "c2lnbmF0dXJl", "abcdefghijkl", "dGhpcyBpcyBh", "hunter22", "abcdef123456"):
        assert part not in redact(text)


def test_what_is_no_secret_stays() -> None:
    text = "GET /media/direct/… film: The Token (2001).mkv, foyer_playback, 3 files"
    assert redact(text) == text


def record(message: str, *arguments: object, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("foyer.test", logging.WARNING, __file__, 1, message, arguments, None)
    vars(made).update(extra)
    return made


def test_a_line_has_a_time_a_level_and_its_fields() -> None:
    line = PlainFormatter().format(record("Found %s", "it", count=3, name_of="a b", empty=""))
    assert line.endswith('WARNING foyer.test: Found it count=3 name_of="a b" empty=""')
    assert line[:4].isdigit()


def test_nobody_writes_lines_of_their_own_into_the_log() -> None:
    line = PlainFormatter().format(record("User %s", "a\n2026 ERROR forged", path="x\r\ny"))
    assert "\n" not in line
    assert "\r" not in line


def test_a_json_line_is_json_with_the_request_s_id() -> None:
    token = REQUEST_ID.set("abc")
    try:
        document = json.loads(JsonFormatter().format(record("password=hunter22", count=3, path="token=abcdefgh")))
    finally:
        REQUEST_ID.reset(token)
    assert document["request_id"] == "abc"
    assert document["count"] == 3
    assert document["level"] == "warning"
    assert "hunter22" not in json.dumps(document)
    assert "abcdefgh" not in json.dumps(document)


@pytest.mark.parametrize("formatter", [PlainFormatter(), JsonFormatter()])
def test_a_traceback_is_kept_without_its_secrets(formatter: logging.Formatter) -> None:
    made = record("It failed")
    try:
        raise RuntimeError("token=abcdef123456")
    except RuntimeError:
        made.exc_info = sys.exc_info()
    text = formatter.format(made)
    assert "RuntimeError" in text
    assert "abcdef123456" not in text
