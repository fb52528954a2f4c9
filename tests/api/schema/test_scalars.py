from __future__ import annotations

from datetime import UTC, datetime

import pytest
from graphql import GraphQLError

from foyer.api.schema.scalars import read_moment


def test_a_moment_has_a_time_zone() -> None:
    assert read_moment("2026-01-31T20:15:00Z") == datetime(2026, 1, 31, 20, 15, tzinfo=UTC)
    assert read_moment("2026-01-31T22:15:00+02:00") == datetime(2026, 1, 31, 20, 15, tzinfo=UTC)


@pytest.mark.parametrize("wrong", ["2026-01-31T20:15:00", "yesterday", "", 5, None, "2026-13-01T00:00:00Z"])
def test_anything_else_is_refused_with_an_example(wrong: object) -> None:
    with pytest.raises(GraphQLError, match="time zone"):
        read_moment(wrong)
