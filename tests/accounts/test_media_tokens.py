from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foyer.accounts.keyring import Keyring
from foyer.accounts.media_tokens import MediaPurpose, MediaTokens
from foyer.errors import ForbiddenError


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def tokens(clock: Clock | None = None, root: bytes = b"k" * 32) -> MediaTokens:
    return MediaTokens(Keyring(root), clock=clock or Clock())


@given(
    user=st.integers(0, 2**40),
    subject=st.integers(0, 2**62),
    session=st.integers(0, 2**62),
    options=st.binary(max_size=64),
    purpose=st.sampled_from(MediaPurpose),
)
def test_what_goes_in_comes_out(user: int, subject: int, session: int, options: bytes, purpose: MediaPurpose) -> None:
    maker = tokens()
    text = maker.issue(purpose, user_id=user, subject=subject, session=session, options=options)
    grant = maker.read(text, purpose)
    assert (grant.user_id, grant.subject, grant.session, grant.options) == (user, subject, session, options)
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_a_token_is_short() -> None:
    assert len(tokens().issue(MediaPurpose.DIRECT, user_id=12, subject=34_567, session=2**47)) <= 48


@given(st.data())
def test_no_changed_bit_is_accepted(data: st.DataObject) -> None:
    maker = tokens()
    text = maker.issue(MediaPurpose.HLS, user_id=1, subject=2, session=3, options=b"720")
    raw = bytearray(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(ForbiddenError):
        maker.read(base64.urlsafe_b64encode(raw).rstrip(b"=").decode(), MediaPurpose.HLS)


def test_a_token_has_one_spelling() -> None:
    maker = tokens()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for length in range(4):  # every number of bits that the last letter may have too many
        text = maker.issue(MediaPurpose.DIRECT, user_id=1, subject=2, options=b"x" * length)
        accepted = []
        for letter in alphabet:
            try:
                maker.read(text[:-1] + letter, MediaPurpose.DIRECT)
            except ForbiddenError:
                continue
            accepted.append(text[:-1] + letter)
        assert accepted == [text]


@given(st.text(max_size=500))
def test_rubbish_is_refused_and_nothing_else_happens(text: str) -> None:
    with pytest.raises(ForbiddenError):
        tokens().read(text, MediaPurpose.DIRECT)


def test_a_token_for_one_purpose_opens_no_other() -> None:
    maker = tokens()
    text = maker.issue(MediaPurpose.IMAGE, user_id=1, subject=2)
    for purpose in set(MediaPurpose) - {MediaPurpose.IMAGE}:
        with pytest.raises(ForbiddenError):
            maker.read(text, purpose)


def test_another_server_s_token_is_refused() -> None:
    text = tokens(root=b"a" * 32).issue(MediaPurpose.DIRECT, user_id=1, subject=2)
    with pytest.raises(ForbiddenError):
        tokens(root=b"b" * 32).read(text, MediaPurpose.DIRECT)


def test_a_token_ends() -> None:
    clock = Clock()
    maker = tokens(clock)
    text = maker.issue(MediaPurpose.DIRECT, user_id=1, subject=2, lifetime_s=60)
    clock.now += 59
    maker.read(text, MediaPurpose.DIRECT)
    clock.now += 2
    with pytest.raises(ForbiddenError, match="expired"):
        maker.read(text, MediaPurpose.DIRECT)


def test_a_picture_keeps_its_address_for_days() -> None:
    clock = Clock()
    maker = tokens(clock)
    first = maker.issue_stable(MediaPurpose.IMAGE, user_id=1, subject=2)
    clock.now += 3600
    assert maker.issue_stable(MediaPurpose.IMAGE, user_id=1, subject=2) == first
    assert maker.issue_stable(MediaPurpose.IMAGE, user_id=9, subject=2) != first
    clock.now += 6 * 24 * 3600
    maker.read(first, MediaPurpose.IMAGE)


def test_options_have_a_limit() -> None:
    with pytest.raises(ValueError, match="at most"):
        tokens().issue(MediaPurpose.HLS, user_id=1, subject=2, options=b"x" * 1000)
