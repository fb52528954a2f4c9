from __future__ import annotations

import pytest

from foyer.api.http.headers import with_defaults, without_identity


@pytest.mark.parametrize(
    "name",
    [
        b"x-remote-user-id",
        b"X-Remote-User-Name",
        b"X_Remote_User_Id",
        b"x-remote-anything",
        b"x-ingress-path",
        b"x-forwarded-for",
        b"X-Forwarded-Host",
        b"forwarded",
        b"x-real-ip",
        b"x-hass-source",
        b"remote-addr",
    ],
)
def test_a_header_that_claims_an_identity_is_taken_out(name: bytes) -> None:
    assert without_identity([(b"host", b"nas"), (name, b"x")]) == [(b"host", b"nas")]


def test_other_headers_stay_as_they_are() -> None:
    headers = [(b"Host", b"nas"), (b"authorization", b"Bearer x"), (b"x-remote", b"?")]
    assert without_identity(headers) == headers


def test_whoever_answers_wins_over_the_defaults() -> None:
    found = with_defaults([(b"Cache-Control", b"no-store")], (b"cache-control", b"x"), (b"a", b"1"), (b"a", b"2"))
    assert found == [(b"cache-control", b"no-store"), (b"a", b"1")]
