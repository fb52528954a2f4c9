from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foyer.api.http.hosts import AllowedHosts


@pytest.mark.parametrize(
    "host",
    [
        "192.168.1.5:8096",
        "[fd00::1]:8096",
        "[::1]",
        "localhost",
        "LocalHost:8096",
        "homeassistant.local",
        "homeassistant.local.",
        "nas",
        "nas:8096",
        "media.home.arpa",
        "media.lan",
        "media.internal",
        "foyer_1",
    ],
)
def test_names_no_stranger_can_own_are_answered(host: str) -> None:
    assert AllowedHosts().allows(host)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8096",
        "192.168.1.5.evil.example",
        "local.evil.example",
        "localhost.evil.example",
        "evil.example#.local",
        "a@nas",
        "nas/path",
        "nas:port",
        "nas:999999",
        "[::1",
        "",
        " ",
        "nas nas",
        ".local\x00",
        "1.2.3.4.5",
        "xn--nxasmq6b.example",
    ],
)
def test_other_names_are_not(host: str) -> None:
    assert not AllowedHosts().allows(host)


def test_names_in_the_options_are_answered_exactly() -> None:
    hosts = AllowedHosts(["Media.Example.org", "*.home.example"])
    assert hosts.allows("media.example.org:443")
    assert hosts.allows("a.b.home.example")
    assert not hosts.allows("home.example")
    assert not hosts.allows("xmedia.example.org")
    assert not hosts.allows("evilhome.example")


def test_a_star_allows_everything_that_is_a_host() -> None:
    assert AllowedHosts(["*"]).allows("evil.example")
    assert not AllowedHosts(["*"]).allows("evil example")


@given(st.text(max_size=300))
def test_no_text_breaks_it(host: str) -> None:
    AllowedHosts(["a.example"]).allows(host)


def test_the_name_in_a_setting_is_answered_while_it_is_set() -> None:
    address = ["https://films.example.org:8443/foyer"]
    hosts = AllowedHosts(address=lambda: address[0])
    assert hosts.allows("films.example.org:8443")
    assert not hosts.allows("example.org")
    address[0] = ""
    assert not hosts.allows("films.example.org")
