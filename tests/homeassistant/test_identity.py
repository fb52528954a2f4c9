from __future__ import annotations

import pytest

from foyer.errors import ValidationError
from foyer.homeassistant.identity import read_identity

HEADERS = [
    (b"host", b"foyer"),
    (b"X-Ingress-Path", b"/api/hassio_ingress/aB-3_x"),
    (b"X-Remote-User-Id", b"0123abcd"),
    (b"X-Remote-User-Name", b"paula"),
    (b"X-Remote-User-Display-Name", "Päula".encode()),
]


def test_the_user_and_the_prefix_are_read() -> None:
    identity = read_identity(HEADERS)
    assert identity.base_path == "/api/hassio_ingress/aB-3_x"
    assert identity.user is not None
    assert (identity.user.id, identity.user.name, identity.user.display_name) == ("0123abcd", "paula", "Päula")


def test_the_supervisor_itself_is_nobody() -> None:
    identity = read_identity([(b"host", b"foyer")])
    assert identity.user is None
    assert identity.base_path == ""


@pytest.mark.parametrize("index", range(1, 5))
def test_what_comes_twice_is_refused(index: int) -> None:
    name, value = HEADERS[index]
    for again in (name, name.lower(), name.replace(b"-", b"_")):
        with pytest.raises(ValidationError, match="twice"):
            read_identity([*HEADERS, (again, value)])


@pytest.mark.parametrize(
    "prefix",
    [b"//evil.example", b"https://evil.example", b"/a/../b", b"/a b", b'/a"', b"/a?b", b"/a#b", b"a", b"/" * 50],
)
def test_a_prefix_that_leads_elsewhere_is_refused(prefix: bytes) -> None:
    with pytest.raises(ValidationError):
        read_identity([(b"x-ingress-path", prefix)])


@pytest.mark.parametrize("user_id", [b"a b", b"../x", b"x" * 65, "ü".encode(), b"'"])
def test_an_id_home_assistant_does_not_make_is_refused(user_id: bytes) -> None:
    with pytest.raises(ValidationError):
        read_identity([(b"x-remote-user-id", user_id)])


def test_bytes_that_are_no_text_do_no_harm() -> None:
    identity = read_identity([(b"x-remote-user-id", b"1"), (b"x-remote-user-name", b"\xff\xfe")])
    assert identity.user is not None
    assert identity.user.name == "\ufffd\ufffd"
