from __future__ import annotations

import contextlib
import dataclasses
from fractions import Fraction
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foyer.media import wire
from foyer.media.frames import ProtocolError, decode, encode
from foyer.media.info import ChapterInfo, HdrKind, MediaInfo, StreamInfo, StreamKind

VIDEO = StreamInfo(
    index=0, kind=StreamKind.VIDEO, codec="hevc", time_base=Fraction(1, 90000), hdr=HdrKind.HLG, width=3840, height=2160
)
INFO = MediaInfo(
    container="mp4",
    size=1,
    duration_us=None,
    start_us=-5,
    bit_rate=8,
    streams=(VIDEO,),
    chapters=(ChapterInfo(start_us=0, end_us=5, title="Eins"),),
    tags={"title": "Ein Film"},
)


def as_sent(info: MediaInfo) -> dict[str, Any]:
    header, _ = decode(encode({"value": info})[12:], b"")
    value = header["value"]
    assert isinstance(value, dict)
    return value


def test_what_a_worker_sends_is_what_the_server_reads() -> None:
    assert wire.read(MediaInfo, as_sent(INFO)) == INFO


@pytest.mark.parametrize(
    "change",
    [
        {"size": "1"},
        {"size": True},
        {"size": 1 << 63},
        {"size": 1.0},
        {"streams": None},
        {"streams": {}},
        {"streams": [None]},
        {"tags": {"a": 1}},
        {"container": None},
        {"surprise": 1},
    ],
)
def test_a_lie_is_noticed(change: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError):
        wire.read(MediaInfo, as_sent(INFO) | change)


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(StreamInfo)])
def test_no_field_of_a_stream_may_be_missing(field: str) -> None:
    sent = as_sent(INFO)
    del sent["streams"][0][field]
    with pytest.raises(ProtocolError):
        wire.read(MediaInfo, sent)


@pytest.mark.parametrize("text", ["1/0", "1/-1", "x", "", "1", 5, None, "9" * 40 + "/1", "1/2/3"])
def test_a_fraction_has_two_sensible_numbers(text: object) -> None:
    sent = as_sent(INFO)
    sent["streams"][0]["time_base"] = text
    with pytest.raises(ProtocolError):
        wire.read(MediaInfo, sent)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 63) - 1) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(key=st.sampled_from(["streams", "size", "chapters", "tags", "duration_us"]), value=JSON)
def test_any_json_is_either_a_value_or_refused(key: str, value: object) -> None:
    sent = orjson.loads(orjson.dumps(as_sent(INFO) | {key: value}))
    with contextlib.suppress(ProtocolError):
        assert isinstance(wire.read(MediaInfo, sent), MediaInfo)
