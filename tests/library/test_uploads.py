"""Files sent in pieces: where they may go, and what a break leaves behind."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import random
import threading
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from foyer.db.fields import now, to_instant
from foyer.errors import (
    CapacityError,
    ConflictError,
    FoyerError,
    NotFoundError,
    UnavailableError,
    ValidationError,
)
from foyer.ids import LibraryId
from foyer.library.uploads import disk, service
from foyer.library.uploads.disk import Place
from foyer.library.uploads.errors import (
    ChecksumMismatchError,
    DiskFullError,
    NameTakenError,
    PieceTooLargeError,
    UploadBusyError,
    WrongOffsetError,
)
from foyer.library.uploads.model import NewUpload, Piece, UploadRow, UploadState
from foyer.library.uploads.service import Uploads
from tests.library.conftest import House

OWNER, OTHER = 1, 2

# ---------------------------------------------------------------- what the tests stand on


class Sender:
    """A library and its uploads, as one who sends sees them."""

    def __init__(self, house: House, library: int, root: Path) -> None:
        self.house = house
        self.uploads: Uploads = house.room.uploads
        self.library = library
        self.root = root

    async def begin(
        self, name: str = "film.mkv", size: int = 10, *, directory: str = "", user: int = OWNER
    ) -> UploadRow:
        wanted = NewUpload(
            library_id=LibraryId(self.library), folder_id=None, directory=directory, filename=name, size=size
        )
        return await self.uploads.create(user, wanted)

    async def send(self, upload: UploadRow, data: bytes, *, at: int = 0, sha256: bytes | None = None) -> UploadRow:
        return await self.uploads.append(upload, Piece(offset=at, body=pieces(data), sha256=sha256))

    def files(self) -> dict[str, bytes]:
        return {str(path.relative_to(self.root)): path.read_bytes() for path in self.root.rglob("*") if path.is_file()}

    def hidden(self) -> list[str]:
        return [name for name in self.files() if ".foyer-upload-" in name]


async def pieces(data: bytes, size: int = 3) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def broken(data: bytes) -> AsyncIterator[bytes]:
    yield data
    raise ConnectionResetError


def _open_files() -> int:
    return len([*Path("/proc/self/fd").iterdir()])


@pytest.fixture
async def sender(house: House) -> Sender:
    await house.database.execute(
        "INSERT INTO user (id, name, display_name, role, created_at) VALUES (2, 'lee', 'Lee', 'manager', 0)"
    )
    await house.settings.update({"library.watch": False})
    library = await house.library("films")
    return Sender(house, library, house.media / "films")


# ---------------------------------------------------------------- the way of a file


async def test_a_file_arrives_in_pieces_and_is_whole_at_once(sender: Sender) -> None:
    upload = await sender.begin(size=10, directory="Heat (1995)/Extras")
    assert (upload.state, upload.received, upload.size) == (UploadState.RECEIVING, 0, 10)
    upload = await sender.send(upload, b"01234")
    assert upload.received == await sender.uploads.offset(upload) == 5
    assert [name for name in sender.files() if not name.rpartition("/")[2].startswith(".")] == []
    upload = await sender.send(upload, b"56789", at=5)
    assert (upload.state, upload.received) == (UploadState.FINISHED, 10)
    assert sender.files() == {"Heat (1995)/Extras/film.mkv": b"0123456789"}
    assert await sender.uploads.open_of(OWNER) == []
    again = await sender.uploads.get(upload.id, OWNER)  # a lost answer can be asked for again
    assert await sender.uploads.offset(again) == 10
    assert (await sender.send(again, b"", at=10)).state is UploadState.FINISHED
    audit = await sender.house.rows("SELECT action, user_id FROM audit")
    assert ("file_uploaded", OWNER) in audit


async def test_what_is_whole_is_scanned_even_when_nobody_watches(sender: Sender, clip: bytes) -> None:
    tidying = asyncio.create_task(sender.uploads.run())
    upload = await sender.begin("Heat (1995).mp4", len(clip))
    await sender.send(upload, clip)
    async with asyncio.timeout(30):
        while await sender.house.visible() != [("movie", "Heat")]:
            await asyncio.sleep(0.05)
    tidying.cancel()
    await asyncio.gather(tidying, return_exceptions=True)


async def test_a_hidden_file_is_passed_over_by_scans(sender: Sender) -> None:
    upload = await sender.begin()
    await sender.send(upload, b"01234")
    await sender.house.rescan(sender.library)
    assert await sender.house.rows("SELECT path FROM media_file") == []


async def test_a_piece_at_another_place_is_refused_with_the_true_one(sender: Sender) -> None:
    upload = await sender.send(await sender.begin(), b"01234")
    for wrong in (0, 4, 6, 10):
        with pytest.raises(WrongOffsetError) as refused:
            await sender.send(upload, b"x", at=wrong)
        assert refused.value.details["offset"] == 5
    done = await sender.send(upload, b"56789", at=5)
    with pytest.raises(WrongOffsetError):
        await sender.send(done, b"x", at=3)
    assert sender.files() == {"film.mkv": b"0123456789"}


async def test_a_piece_beyond_the_end_is_refused(sender: Sender) -> None:
    upload = await sender.begin(size=4)
    with pytest.raises(PieceTooLargeError):
        await sender.send(upload, b"01234")
    assert "film.mkv" not in sender.files()
    assert await sender.uploads.offset(upload) == 0
    assert (await sender.send(upload, b"0123")).state is UploadState.FINISHED


async def test_what_came_before_a_break_is_kept(sender: Sender) -> None:
    upload = await sender.begin()
    with pytest.raises(UnavailableError):
        await sender.uploads.append(upload, Piece(offset=0, body=broken(b"0123")))
    assert await sender.uploads.offset(upload) == 4


async def test_a_checksum_guards_a_piece(sender: Sender) -> None:
    upload = await sender.begin()
    with pytest.raises(ChecksumMismatchError):
        await sender.send(upload, b"01234", sha256=hashlib.sha256(b"other").digest())
    assert await sender.uploads.offset(upload) == 0
    with pytest.raises(UnavailableError):
        await sender.uploads.append(
            upload, Piece(offset=0, body=broken(b"0123"), sha256=hashlib.sha256(b"01234").digest())
        )
    assert await sender.uploads.offset(upload) == 0
    upload = await sender.send(upload, b"01234", sha256=hashlib.sha256(b"01234").digest())
    assert upload.received == 5


async def test_one_of_two_at_once_wins(sender: Sender) -> None:
    upload = await sender.begin()
    may_go_on = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"01234"
        await may_go_on.wait()
        yield b"56789"

    first = asyncio.create_task(sender.uploads.append(upload, Piece(offset=0, body=slow())))
    await asyncio.sleep(0.05)
    with pytest.raises(UploadBusyError):
        await sender.send(upload, b"abcdefghij")
    may_go_on.set()
    assert (await first).state is UploadState.FINISHED
    assert sender.files() == {"film.mkv": b"0123456789"}


async def test_a_cancelled_request_lets_go_of_everything(sender: Sender) -> None:
    upload = await sender.begin()
    never = asyncio.Event()

    async def stuck() -> AsyncIterator[bytes]:
        yield b"01234"
        await never.wait()

    before = _open_files()
    request = asyncio.create_task(sender.uploads.append(upload, Piece(offset=0, body=stuck())))
    await asyncio.sleep(0.05)
    request.cancel()
    await asyncio.gather(request, return_exceptions=True)
    assert _open_files() == before
    offset = await sender.uploads.offset(upload)
    assert (await sender.send(upload, b"0123456789"[offset:], at=offset)).state is UploadState.FINISHED


async def test_the_last_byte_of_a_broken_request_is_enough(sender: Sender) -> None:
    upload = await sender.begin(size=4)
    with pytest.raises(UnavailableError):
        await sender.uploads.append(upload, Piece(offset=0, body=broken(b"0123")))
    assert await sender.uploads.offset(upload) == 4
    assert (await sender.uploads.get(upload.id, OWNER)).state is UploadState.FINISHED
    assert sender.files() == {"film.mkv": b"0123"}


# ---------------------------------------------------------------- what is in the way


async def test_a_name_that_is_taken_is_said_at_the_beginning(sender: Sender) -> None:
    (sender.root / "film.mkv").write_bytes(b"precious")
    with pytest.raises(NameTakenError):
        await sender.begin()
    (sender.root / "link.mkv").symlink_to("/nowhere")
    with pytest.raises(NameTakenError):
        await sender.begin("link.mkv")
    await sender.begin("other.mkv")
    with pytest.raises(ConflictError):
        await sender.begin("other.mkv", user=OTHER)
    assert len(sender.hidden()) == 1


async def test_a_name_taken_meanwhile_is_never_written_over_and_can_be_made_free(sender: Sender) -> None:
    upload = await sender.begin()
    (sender.root / "film.mkv").write_bytes(b"precious")
    with pytest.raises(NameTakenError):
        await sender.send(upload, b"0123456789")
    assert sender.files()["film.mkv"] == b"precious"
    (waiting,) = await sender.uploads.open_of(OWNER)
    assert waiting.problem
    assert waiting.received == 10
    (sender.root / "film.mkv").unlink()
    assert (await sender.send(upload, b"", at=10)).state is UploadState.FINISHED
    assert sender.files() == {"film.mkv": b"0123456789"}


async def test_without_hard_links_nothing_is_written_over_either(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", no_links)
    upload = await sender.begin()
    (sender.root / "film.mkv").write_bytes(b"precious")
    with pytest.raises(NameTakenError):
        await sender.send(upload, b"0123456789")
    assert sender.files()["film.mkv"] == b"precious"
    (sender.root / "film.mkv").unlink()
    assert (await sender.send(upload, b"", at=10)).state is UploadState.FINISHED
    assert sender.files() == {"film.mkv": b"0123456789"}


async def test_links_lead_nowhere(sender: Sender, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (sender.root / "way-out").symlink_to(outside)
    with pytest.raises(ValidationError):
        await sender.begin(directory="way-out")
    with pytest.raises(ValidationError):
        await sender.begin(directory="way-out/deeper")
    upload = await sender.begin(directory="Heat")
    (sender.root / "Heat").rename(outside / "Heat")
    (sender.root / "Heat").symlink_to(outside / "Heat")
    with pytest.raises(ValidationError):
        await sender.send(upload, b"0123456789")
    assert not (outside / "Heat" / "film.mkv").exists()


async def test_a_link_in_place_of_the_hidden_file_is_not_written_through(sender: Sender, tmp_path: Path) -> None:
    upload = await sender.begin()
    target = tmp_path / "target"
    target.write_bytes(b"")
    part = sender.root / os.fsdecode(upload.place.part)
    part.unlink()
    part.symlink_to(target)
    with pytest.raises(NotFoundError):
        await sender.send(upload, b"0123456789")
    assert target.read_bytes() == b""
    part.unlink()
    os.mkfifo(part)
    with pytest.raises(NotFoundError):
        await sender.send(upload, b"0123456789")


@pytest.mark.parametrize("size", [0, -1, 200 * 1024**3])
async def test_sizes_that_cannot_be_are_refused(sender: Sender, size: int) -> None:
    with pytest.raises(ValidationError):
        await sender.begin(size=size)


async def test_a_folder_that_is_not_the_librarys_is_refused(sender: Sender) -> None:
    wanted = NewUpload(library_id=sender.library, folder_id=999, directory="", filename="a.mkv", size=1)
    with pytest.raises(NotFoundError):
        await sender.uploads.create(OWNER, wanted)


async def test_a_folder_that_is_away_is_said_so(sender: Sender) -> None:
    await sender.house.database.execute("UPDATE library_folder SET available = 0")
    with pytest.raises(UnavailableError):
        await sender.begin()
    await sender.house.database.execute("UPDATE library_folder SET available = 1")
    upload = await sender.begin()
    sender.root.rename(sender.root.with_name("unplugged"))
    with pytest.raises(UnavailableError):
        await sender.send(upload, b"01234")
    with pytest.raises(UnavailableError):
        await sender.uploads.offset(upload)
    with pytest.raises(UnavailableError):
        await sender.begin("other.mkv")
    await sender.uploads.recover()
    sender.root.with_name("unplugged").rename(sender.root)
    assert (await sender.send(upload, b"01234")).received == 5


async def test_a_folder_that_may_not_be_written_is_said_so(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_: object, **__: object) -> int:
        raise PermissionError(errno.EACCES, "no")

    monkeypatch.setattr(os, "mkdir", closed)
    with pytest.raises(UnavailableError, match="permissions"):
        await sender.begin(directory="Heat")
    assert await sender.house.rows("SELECT id FROM upload") == []


async def test_only_so_many_are_open_at_once(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_OPEN", 2)
    for number in range(2):
        await sender.begin(f"{number}.mkv")
    with pytest.raises(CapacityError):
        await sender.begin("3.mkv")
    await sender.begin("3.mkv", user=OTHER)


# ---------------------------------------------------------------- room on the disk


async def test_what_does_not_fit_is_refused_before_a_byte_is_sent(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "free", lambda _: 15)
    await sender.begin("a.mkv", 10)
    with pytest.raises(DiskFullError):
        await sender.begin("b.mkv", 6)  # ten of the fifteen are promised
    await sender.begin("c.mkv", 5)


async def test_a_disk_that_fills_up_keeps_what_it_has(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = await sender.begin()
    room = 4
    real = os.pwrite

    def small_disk(descriptor: int, data: bytes, offset: int) -> int:
        if offset >= room:
            raise OSError(errno.ENOSPC, "full")
        return real(descriptor, bytes(data)[: room - offset], offset)

    monkeypatch.setattr(os, "pwrite", small_disk)
    with pytest.raises(DiskFullError) as refused:
        await sender.send(upload, b"0123456789")
    assert refused.value.details["offset"] == 4
    assert await sender.uploads.offset(upload) == 4
    room = 100
    assert (await sender.send(upload, b"456789", at=4)).state is UploadState.FINISHED
    assert sender.files() == {"film.mkv": b"0123456789"}


async def test_the_reserve_is_left_alone(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = await sender.begin()
    monkeypatch.setattr(disk, "free", lambda _: 3)
    with pytest.raises(DiskFullError):
        await sender.send(upload, b"0123456789")
    assert await sender.uploads.offset(upload) == 0


# ---------------------------------------------------------------- breaks and the end


async def test_after_a_kill_the_disk_is_believed(sender: Sender) -> None:
    upload = await sender.send(await sender.begin(), b"012")
    with (sender.root / os.fsdecode(upload.place.part)).open("ab") as part:
        part.write(b"34")  # arrived, and never written down
    await sender.uploads.recover()
    (found,) = await sender.uploads.open_of(OWNER)
    assert found.received == 5
    assert (await sender.send(upload, b"56789", at=5)).state is UploadState.FINISHED


async def test_after_a_kill_nothing_unverified_is_kept(sender: Sender) -> None:
    upload = await sender.send(await sender.begin(), b"012")
    with (sender.root / os.fsdecode(upload.place.part)).open("ab") as part:
        part.write(b"xx")
    await sender.house.database.execute("UPDATE upload SET unverified_from = 3")
    await sender.uploads.recover()
    assert await sender.uploads.offset(upload) == 3


async def test_what_was_not_verified_counts_for_nothing_before_anybody_has_tidied_up(sender: Sender) -> None:
    upload = await sender.send(await sender.begin(), b"012")
    with (sender.root / os.fsdecode(upload.place.part)).open("ab") as part:
        part.write(b"xxxxxxx")
    await sender.house.database.execute("UPDATE upload SET unverified_from = 3")
    assert await sender.uploads.offset(upload) == 3
    await sender.send(upload, b"3456789", at=3)
    assert sender.files() == {"film.mkv": b"0123456789"}


async def test_tidying_up_leaves_alone_what_is_being_written(sender: Sender) -> None:
    upload = await sender.begin()
    writing, may_go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        writing.set()
        await may_go_on.wait()
        yield b"0123456789"

    request = asyncio.create_task(sender.uploads.append(upload, Piece(offset=0, body=slow())))
    await writing.wait()
    (sender.root / os.fsdecode(upload.place.part)).write_bytes(b"9876543210")  # as if all of it had come
    await sender.uploads.recover()
    assert (await sender.uploads.get(upload.id, OWNER)).state is UploadState.RECEIVING
    may_go_on.set()
    assert (await request).state is UploadState.FINISHED
    assert sender.files() == {"film.mkv": b"0123456789"}


async def test_what_became_whole_before_a_kill_is_scanned_after_it(sender: Sender, clip: bytes) -> None:
    await sender.send(await sender.begin("Heat (1995).mp4", len(clip)), clip)
    again = Uploads(sender.house.database, sender.house.settings, sender.house.queue, sender.house.room.libraries)
    tidying = asyncio.create_task(again.run())
    async with asyncio.timeout(30):
        while await sender.house.visible() != [("movie", "Heat")]:
            await asyncio.sleep(0.05)
    tidying.cancel()
    await asyncio.gather(tidying, return_exceptions=True)


async def test_a_beginning_that_was_cancelled_is_tidied_away(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    begin, at_work, may_go_on = disk.begin, asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def slow(place: Place) -> int:
        loop.call_soon_threadsafe(at_work.set)
        may_go_on.wait()
        return begin(place)

    monkeypatch.setattr(disk, "begin", slow)
    request = asyncio.create_task(sender.begin())
    await at_work.wait()
    request.cancel()
    may_go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await request
    assert len(sender.hidden()) == 1
    (left,) = await sender.uploads.open_of(OWNER)
    await sender.uploads.cancel(left)
    assert sender.files() == {}


async def test_a_kill_before_the_last_step_is_made_good(sender: Sender) -> None:
    full = await sender.begin("full.mkv")
    (sender.root / os.fsdecode(full.place.part)).write_bytes(b"0123456789")
    linked = await sender.begin("linked.mkv")
    part = sender.root / os.fsdecode(linked.place.part)
    part.write_bytes(b"abcdefghij")
    os.link(part, sender.root / "linked.mkv")
    renamed = await sender.begin("renamed.mkv")
    (sender.root / os.fsdecode(renamed.place.part)).unlink()
    (sender.root / "renamed.mkv").write_bytes(b"ABCDEFGHIJ")
    never = await sender.begin("never.mkv")
    (sender.root / os.fsdecode(never.place.part)).unlink()
    await sender.uploads.recover()
    states = [
        await sender.house.rows("SELECT state FROM upload WHERE id = ?", (one.id,)) for one in (full, linked, renamed)
    ]
    assert states == [[("finished",)]] * 3
    assert await sender.house.rows("SELECT id FROM upload WHERE id = ?", (never.id,)) == []
    assert sorted(sender.files()) == ["full.mkv", "linked.mkv", "renamed.mkv"]


async def test_cancelling_leaves_nothing(sender: Sender) -> None:
    (sender.root / "Heat").mkdir()
    upload = await sender.send(await sender.begin(directory="Heat/Extras/More"), b"01234")
    await sender.uploads.cancel(upload)
    assert sender.files() == {}
    assert [path.name for path in sender.root.iterdir()] == ["Heat"]  # it was there before
    assert list((sender.root / "Heat").iterdir()) == []
    with pytest.raises(NotFoundError):
        await sender.uploads.get(upload.id, OWNER)
    with pytest.raises(NotFoundError):
        await sender.send(upload, b"56789", at=5)


async def test_folders_somebody_uses_meanwhile_stay(sender: Sender) -> None:
    upload = await sender.begin(directory="Heat")
    (sender.root / "Heat" / "poster.jpg").write_bytes(b"p")
    await sender.uploads.cancel(upload)
    assert sender.files() == {"Heat/poster.jpg": b"p"}


async def test_forgetting_a_finished_upload_keeps_the_file(sender: Sender) -> None:
    upload = await sender.send(await sender.begin(), b"0123456789")
    await sender.uploads.cancel(upload)
    assert sender.files() == {"film.mkv": b"0123456789"}


async def test_uploads_nobody_goes_on_with_are_forgotten(sender: Sender) -> None:
    old, fresh = await sender.begin("old.mkv"), await sender.begin("fresh.mkv")
    await sender.house.database.execute(
        "UPDATE upload SET expires_at = ? WHERE id = ?", (to_instant(now() - timedelta(seconds=1)), old.id)
    )
    assert await sender.uploads.expire() == 1
    assert [one.id for one in await sender.uploads.open_of(OWNER)] == [fresh.id]
    assert sender.hidden() == [os.fsdecode(fresh.place.part)]


async def test_uploads_on_a_disk_that_is_away_wait_until_it_is_back(sender: Sender) -> None:
    await sender.begin()
    away = sender.root.rename(sender.root.with_name("unplugged"))
    sender.root.mkdir()  # where it is put in again
    await sender.house.database.execute("UPDATE upload SET expires_at = 0")
    await sender.house.database.execute("UPDATE library_folder SET available = 0")
    assert await sender.uploads.expire() == 0
    sender.root.rmdir()
    away.rename(sender.root)
    await sender.house.database.execute("UPDATE library_folder SET available = 1")
    assert await sender.uploads.expire() == 1
    assert sender.files() == {}


async def test_uploads_go_with_their_owner_and_with_their_folder(sender: Sender) -> None:
    gone, left = await sender.begin("gone.mkv", user=OTHER), await sender.begin("left.mkv")
    await sender.house.database.execute("DELETE FROM user WHERE id = ?", (OTHER,))
    assert await sender.uploads.expire() == 1
    assert not (sender.root / os.fsdecode(gone.place.part)).exists()
    await sender.house.finished(await sender.house.room.libraries.delete(sender.library))
    with pytest.raises(NotFoundError):
        await sender.send(left, b"0123456789")
    assert await sender.uploads.expire() == 1
    assert sender.hidden() == []


# ---------------------------------------------------------------- anything, in any order


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_happens_on_the_way_the_file_is_what_was_acknowledged(sender: Sender, seed: int) -> None:
    chance = random.Random(seed)
    data = chance.randbytes(2000)
    upload = await sender.begin(size=len(data))
    arrived = 0

    async def body(piece: bytes, *, breaks: bool) -> AsyncIterator[bytes]:
        while piece:
            size = chance.randint(1, 200)
            yield piece[:size]
            piece = piece[size:]
        if breaks:
            raise ConnectionResetError

    while (await sender.uploads.get(upload.id, OWNER)).state is not UploadState.FINISHED:
        offset = arrived if chance.random() < 0.7 else chance.randint(0, len(data) + 5)
        piece = data[offset : offset + chance.randint(0, 400)]
        breaks, is_summed, is_wrong = (chance.random() < share for share in (0.3, 0.4, 0.3))
        if chance.random() < 0.1:
            piece = data[offset:] + b"beyond the end"
        given = hashlib.sha256(b"" if is_wrong else piece).digest() if is_summed else None
        fits = offset == arrived and offset + len(piece) <= len(data)
        is_false = is_summed and is_wrong and bool(piece)
        keeps = fits and not is_false and not (is_summed and breaks)
        refusal: FoyerError | None = None
        try:
            await sender.uploads.append(upload, Piece(offset=offset, body=body(piece, breaks=breaks), sha256=given))
        except FoyerError as error:
            refusal = error
        assert (refusal is not None) is (not fits or is_false or breaks), refusal
        arrived += len(piece) if keeps else 0
        if chance.random() < 0.3:
            await sender.uploads.recover()
        assert await sender.uploads.offset(await sender.uploads.get(upload.id, OWNER)) == arrived
    assert sender.files() == {"film.mkv": data}
