from __future__ import annotations

import asyncio
import os
import random
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from foyer.errors import MediaError
from foyer.media.file_index import FileIndex
from foyer.media.frames import Reply
from foyer.media.pool import PoolLimits, Priority
from foyer.media.probe import probe
from foyer.media.runner import Runner
from foyer.media.workers import MediaWorkers, _cues_of_streams, _probe, _sprites, _still
from tests.media.clips import Clips
from tests.media.test_probe import matroska_with_tracks


async def test_a_probe_in_a_worker_is_the_probe_and_its_index(workers: MediaWorkers, clips: Clips) -> None:
    for path in (clips.film_mp4(), clips.multi_mkv(), clips.film_ts(), clips.song_mp3(), clips.hdr_mkv()):
        result = await workers.probe(path)
        assert result.info == probe(path)
        assert result.index is not None, result.index_error
        assert FileIndex.from_bytes(result.index).file_size == path.stat().st_size


async def test_without_an_index_none_is_built(workers: MediaWorkers, clips: Clips) -> None:
    result = await workers.probe(clips.film_mp4(), with_index=False)
    assert (result.index, result.index_error) == (None, None)


async def test_a_name_of_any_bytes_reaches_the_worker(workers: MediaWorkers, clips: Clips, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xff\xfe\n\"'\\ \xf0\x9f\x8e\xac.mkv")
    shutil.copy(clips.film_mkv(), path)
    assert (await workers.probe(path)).info.container == "matroska"
    assert (await workers.still(path)).data


async def test_broken_files_fail_with_a_reason_and_good_ones_beside_them_do_not(
    workers: MediaWorkers, clips: Clips, tmp_path: Path
) -> None:
    # Each is broken in its own way; none of them is a crash.
    bad = {
        "zero.mkv": b"",
        "text.mkv": b"hello\n" * 1000,
        "playlist.mkv": b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        "random.mkv": random.Random(1).randbytes(200_000),
        "many.mkv": matroska_with_tracks(10_000),
        "cut.mp4": clips.film_mp4().read_bytes()[:500],
    }
    for name, data in bad.items():
        (tmp_path / name).write_bytes(data)
    os.mkfifo(tmp_path / "fifo.mkv")
    paths = [*(tmp_path / name for name in bad), tmp_path / "fifo.mkv", tmp_path / "missing.mkv", tmp_path] + [
        clips.film_mkv()
    ] * 20
    results = await asyncio.gather(*(workers.probe(path) for path in paths), return_exceptions=True)
    good = [result for result in results if not isinstance(result, BaseException)]
    assert len(good) == 20
    for result in results:
        if isinstance(result, BaseException):
            assert isinstance(result, MediaError), result
            assert result.message.endswith(".")
            assert result.details["reason"] not in {"crash", "timeout", "memory", "protocol"}


def test_the_server_itself_loads_neither_libav_nor_an_imaging_library() -> None:
    code = "import sys, foyer.media.workers; print({'av', 'PIL', 'numpy'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.strip() == b"set()"


async def test_the_event_loop_stays_free_while_files_are_probed(workers: MediaWorkers, clips: Clips) -> None:
    longest, stop = 0.0, asyncio.Event()

    async def watch() -> None:
        nonlocal longest
        while not stop.is_set():
            before = time.thread_time()
            await asyncio.sleep(0)
            longest = max(longest, time.thread_time() - before)

    watcher = asyncio.create_task(watch())
    await asyncio.gather(*(workers.probe(clips.film_mp4()) for _ in range(300)))
    stop.set()
    await watcher
    assert longest < 0.05  # seconds of processor time between two turns


async def test_a_page_gets_its_picture_in_the_middle_of_a_scan(workers: MediaWorkers, clips: Clips) -> None:
    scan = [asyncio.create_task(workers.probe(clips.film_mkv())) for _ in range(2000)]
    await asyncio.sleep(0.3)
    await workers.still(clips.film_mp4(), priority=Priority.INTERACTIVE)
    done = sum(task.done() for task in scan)
    assert done < 1500
    for task in scan:
        task.cancel()
    await asyncio.gather(*scan, return_exceptions=True)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Flipped bytes, most of them where headers are; sometimes cut off."""
    changed = bytearray(data)
    for _ in range(chance.choice((3, 20, 200))):
        kind = chance.random()
        limit = len(changed) if kind < 0.4 else min(len(changed), 4000 if kind < 0.7 else 60_000)
        changed[chance.randrange(limit)] = chance.choice((0, 255, chance.randrange(256)))
    return bytes(changed[: chance.randrange(1, len(changed))]) if chance.random() < 0.2 else bytes(changed)


async def test_mutated_files_never_hurt_the_server(clips: Clips, tmp_path: Path) -> None:
    """Every kind of container, bytes changed at random: each ends in an answer or an error, memory stays bounded."""
    chance = random.Random(2024)
    makes = ("film_mp4", "multi_mkv", "film_ts", "hdr_mkv", "xvid_avi", "vp9_webm", "song_mp3", "program_stream")
    sources = [getattr(clips, make)() for make in makes]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    limits = PoolLimits(recycle_tasks=200)

    async def attack(workers: MediaWorkers, number: int) -> str:
        source = sources[number % len(sources)]
        path = tmp_path / f"{number}{source.suffix}"
        path.write_bytes(mutated(source.read_bytes(), chance))
        try:
            async with asyncio.timeout(100):
                info = (await workers.probe(path)).info
                if info.video is not None:
                    await workers.still(path, max_width=64)
        except MediaError as error:
            return str(error.details["reason"])
        finally:
            path.unlink()
        return "read"

    async with MediaWorkers(Runner(), size=2, limits=limits) as workers:
        outcomes = [
            outcome
            for start in range(0, 192, 24)
            for outcome in await asyncio.gather(*(attack(workers, start + n) for n in range(24)))
        ]
        assert (await workers.probe(clips.film_mp4())).info.container == "mp4"
    assert outcomes.count("read") > 40
    assert not {"protocol", "timeout", "crash"} & set(outcomes)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000  # KiB


@pytest.mark.parametrize(
    ("parse", "reply"),
    [
        (_probe, Reply(None)),
        (_probe, Reply({"info": None, "index_error": None})),
        (_probe, Reply({"info": {}, "index_error": 5})),
        (_still, Reply({"width": 1, "height": 1, "at_us": 0, "kind": "svg"}, (b"x",))),
        (_still, Reply({"width": 1, "height": 1, "at_us": 0, "kind": "jpeg"})),
        (_cues_of_streams, Reply({"x": []})),
        (_cues_of_streams, Reply({"0": [{"start_us": 0, "end_us": 1}]})),
        (_cues_of_streams, Reply([])),
        (
            _sprites,
            Reply(
                {"interval_us": 0, "start_us": 0, "tile_width": 1, "tile_height": 1, "columns": 0, "rows": 1}
                | {"count": 1, "kind": "jpeg"},
                (b"x",),
            ),
        ),
    ],
)
def test_answers_that_cannot_be_true_are_refused(parse: object, reply: Reply) -> None:
    assert callable(parse)
    with pytest.raises(MediaError) as caught:
        parse(reply)
    assert caught.value.details["reason"] == "protocol"
