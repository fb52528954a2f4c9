from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus

import pytest

from foyer.api.http.conditional import Validators, evaluate, range_applies

MODIFIED = datetime(2026, 11, 20, 20, 0, 0, tzinfo=UTC)
SAME = "Fri, 20 Nov 2026 20:00:00 GMT"
OLDER = "Fri, 20 Nov 2026 19:59:59 GMT"
NEWER = "Fri, 20 Nov 2026 20:00:01 GMT"
VALIDATORS = Validators(etag='"abc"', modified=MODIFIED)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, HTTPStatus.OK),
        ({"if-none-match": '"abc"'}, HTTPStatus.NOT_MODIFIED),
        ({"if-none-match": 'W/"abc"'}, HTTPStatus.NOT_MODIFIED),
        ({"if-none-match": '"x", "abc"'}, HTTPStatus.NOT_MODIFIED),
        ({"if-none-match": "*"}, HTTPStatus.NOT_MODIFIED),
        ({"if-none-match": '"x"'}, HTTPStatus.OK),
        ({"if-none-match": '"x"', "if-modified-since": SAME}, HTTPStatus.OK),
        ({"if-modified-since": SAME}, HTTPStatus.NOT_MODIFIED),
        ({"if-modified-since": NEWER}, HTTPStatus.NOT_MODIFIED),
        ({"if-modified-since": OLDER}, HTTPStatus.OK),
        ({"if-modified-since": "yesterday"}, HTTPStatus.OK),
        ({"if-match": '"abc"'}, HTTPStatus.OK),
        ({"if-match": "*"}, HTTPStatus.OK),
        ({"if-match": 'W/"abc"'}, HTTPStatus.PRECONDITION_FAILED),
        ({"if-match": '"x"'}, HTTPStatus.PRECONDITION_FAILED),
        ({"if-unmodified-since": OLDER}, HTTPStatus.PRECONDITION_FAILED),
        ({"if-unmodified-since": SAME}, HTTPStatus.OK),
        ({"if-match": '"abc"', "if-unmodified-since": OLDER}, HTTPStatus.OK),
    ],
)
def test_conditions_follow_the_rfc(headers: dict[str, str], expected: HTTPStatus) -> None:
    assert evaluate("GET", headers, VALIDATORS) is expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [(None, True), ('"abc"', True), ('W/"abc"', False), ('"x"', False), (SAME, True), (NEWER, False), ("?", False)],
)
def test_a_range_needs_the_very_same_bytes(condition: str | None, expected: bool) -> None:
    headers = {} if condition is None else {"if-range": condition}
    assert range_applies(headers, VALIDATORS) is expected


def test_a_change_never_answers_not_modified() -> None:
    assert evaluate("POST", {"if-none-match": '"abc"'}, VALIDATORS) is HTTPStatus.PRECONDITION_FAILED
