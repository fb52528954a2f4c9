"""One run of a scan, step by step."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import islice

from foyer.db.database import Database
from foyer.db.fields import now, to_instant
from foyer.events.bus import EventBus
from foyer.events.topics import LibraryEventKind, LibraryPayload, Topic
from foyer.jobs.context import JobContext
from foyer.library.files import files_below, shown
from foyer.library.filters import marks
from foyer.library.kinds import LibraryKind
from foyer.library.rollup import Gone, RolledUp
from foyer.library.scan import moves, sidecar_store, store
from foyer.library.scan.compare import Differences, Scope, compare, load_known
from foyer.library.scan.pipeline import Prober, Work, probe_all
from foyer.library.scan.store import Place, Probed, Written
from foyer.library.scan.walk import Rules, Seen, WalkState, WalkStoppedError
from foyer.settings.options import Options

GRACE = timedelta(days=7)
"""How long a file that vanished from a healthy folder is remembered."""
_WATCH_INTERVAL = 0.2
_CHUNK = 200
_LONELY = 2000
ANNOUNCED = 200
"""Up to so many items that came, changed or went in one scan are told one by one; more only as numbers."""

_NAMED = 20
"""So many of the new items stand beside their number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a scan works with."""

    database: Database
    bus: EventBus
    prober: Prober
    options: Options
    rules: Callable[[bytes], Rules]
    """Makes the rules of a folder for one walk."""


@dataclass(slots=True)
class _Tally:
    """What a scan has done so far."""

    found: int = 0
    done: int = 0
    added: dict[int, str] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)
    """Items that were there before and whose files or name changed."""
    vanished: dict[int, Gone] = field(default_factory=dict)
    updated: int = 0
    removed: int = 0
    broken: int = 0
    moved: int = 0


class Run:
    """One scan of one library."""

    def __init__(self, tools: Tools, context: JobContext, kind: LibraryKind, *, is_first: bool) -> None:
        """``is_first`` says that the library was never scanned to its end before."""
        self._context = context
        self._tools = tools
        self._database = tools.database
        self._bus = tools.bus
        self._library = int(context.payload["library_id"])
        self._kind = kind
        self._starts = [bytes.fromhex(path) for path in context.payload.get("paths", ())]
        self._item: int | None = context.payload.get("item_id")
        self._again: frozenset[bytes] = frozenset()
        self._full_before = to_instant(context.job.created_at) if context.payload.get("full") else 0
        self._tally = _Tally()
        self._is_first = is_first
        self._began = to_instant(now())
        self.state = WalkState()

    @property
    def changed(self) -> bool:
        """Whether anything came or went."""
        tally = self._tally
        return bool(tally.added or tally.updated or tally.removed)

    async def everything(self) -> None:
        """All folders: first what is there, then moves, then what is new, then what is gone."""
        if self._item is not None:
            self._again = await files_below(self._database.reader, self._item)
            self._starts = sorted({os.path.dirname(path) for path in self._again})  # noqa: PTH120 - paths of bytes
            if not self._starts:
                return
        if not self._starts:
            self._publish(LibraryEventKind.SCAN_STARTED, job_id=self._context.job.id)
        places = await self._places()
        differences = [(place, found) for place in places if (found := await self._compare(place)) is not None]
        for place, found in differences:
            await self._note_availability(place, found)
        for place, found in differences:
            await self._moves(place, found)
        total = self._tally.found + sum(len(found.gone) for _, found in differences)
        self._tally.done = self._tally.found - sum(len(found.new) + len(found.changed) for _, found in differences)
        await self._context.progress(self._tally.done, total, message="Reading new files")
        for place, found in differences:
            await self._probe(place, found)
        for place, found in differences:
            await self._vanished(place, found)
            await self._sidecars(place, found)
            await self._unplaced(place)
        await self._finish(total)

    async def _places(self) -> list[Place]:
        rows = await self._database.reader.all(
            "SELECT id, path FROM library_folder WHERE library_id = ? AND removed_at IS NULL ORDER BY path",
            (self._library,),
        )
        return [Place(library_id=self._library, kind=self._kind, folder_id=row["id"], root=row["path"]) for row in rows]

    async def _compare(self, place: Place) -> Differences | None:
        starts = tuple(start for start in self._starts if start == place.root or start.startswith(place.root + b"/"))
        if self._starts and not starts:
            return None
        if place.root in starts:
            starts = ()  # the whole folder, with everything that guards a whole folder
        scope = Scope(
            folder_id=place.folder_id,
            root=place.root,
            starts=starts,
            full_before=self._full_before,
            again=self._again,
        )
        known = await self._database.reader.run(partial(load_known, scope=scope), label="scan.known")
        excluded = await asyncio.to_thread(_identities, (self._tools.options.data, self._tools.options.cache))
        work = asyncio.create_task(
            asyncio.to_thread(compare, scope, known, self.state, rules=self._tools.rules(place.root), excluded=excluded)
        )
        try:
            while not (await asyncio.wait({work}, timeout=_WATCH_INTERVAL))[0]:
                await self._context.progress(self.state.files, message=f"Looking through {shown(self.state.directory)}")
            found = work.result()
        except WalkStoppedError:
            self._context.check()
            raise
        except BaseException:
            self.state.stop.set()
            await asyncio.wait({work})
            raise
        self._tally.found += found.found
        await self._context.progress(self._tally.found, message=f"Looked through {shown(place.root)}")
        return found

    async def _note_availability(self, place: Place, found: Differences) -> None:
        problem = found.problem
        errors = {path: text for path, text in self.state.errors.items() if path.startswith(place.root)}
        self.state.errors = {path: text for path, text in self.state.errors.items() if path not in errors}
        if problem is not None:
            await self._context.log(f"{shown(place.root)}: {problem}", level="warning")
        for path, text in list(errors.items())[:100]:
            await self._context.log(f"{shown(path)}: {text}", level="warning")
        if problem is None and errors:
            path, text = next(iter(errors.items()))
            more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
            problem = f"{shown(path)}: {text}{more}"
        if self.state.links:
            await self._context.log(f"{self.state.links} symbolic links were not followed.")
            self.state.links = 0
        device = await asyncio.to_thread(_device, place.root)
        changed = await self._database.execute(
            "UPDATE library_folder SET available = ?1, problem = ?2, device = ifnull(?3, device) "
            "WHERE id = ?4 AND (available <> ?1 OR problem IS NOT ?2 OR device IS NOT ifnull(?3, device))",
            (found.problem is None, problem, device, place.folder_id),
        )
        if changed:
            self._publish(LibraryEventKind.LIBRARY_UPDATED)

    async def _moves(self, place: Place, found: Differences) -> None:
        """Files whose content is known from a path that no longer exists take their rows along."""
        if not found.new:
            return
        lost = await self._database.reader.run(partial(moves.candidates, new=found.new), label="scan.lost")
        if not lost:
            return
        moved = await asyncio.to_thread(moves.match, found.new, lost)
        for start in range(0, len(moved), _CHUNK):
            self._context.check()
            chunk = moved[start : start + _CHUNK]
            self._took(await self._database.write(partial(_move, place=place, chunk=chunk)))
            self._tally.updated += len(chunk)
        self._tally.moved += len(moved)
        paths = {move.seen.path for move in moved}
        ids = {move.file_id for move in moved}
        found.new = [seen for seen in found.new if seen.path not in paths]
        found.gone = [item for item in found.gone if item.id not in ids]
        found.missing_before = [item for item in found.missing_before if item.id not in ids]

    async def _probe(self, place: Place, found: Differences) -> None:
        work = [Work(seen=seen, file_id=file_id, content=None) for file_id, seen in found.changed]
        work += [Work(seen=seen, file_id=None, content=None) for seen in found.new]
        if not work:
            return

        async def sink(batch: Sequence[Probed]) -> None:
            moment = to_instant(now())
            self._took(await self._database.write(partial(store.write_probed, place=place, batch=batch, moment=moment)))
            self._tally.updated += len(batch)
            for probed in batch:
                if probed.problem is not None:
                    self._tally.broken += 1
                    await self._context.log(f"{shown(probed.seen.path)}: {probed.problem}", level="warning")
            self._tally.done += len(batch)
            await self._context.progress(
                self._tally.done,
                message=f"Read {shown(os.path.dirname(batch[-1].seen.path))}",  # noqa: PTH120
            )

        await probe_all(work, self._tools.prober, sink)

    async def _vanished(self, place: Place, found: Differences) -> None:
        """Hide what is gone, show what is back, and forget what has been gone for long from a healthy folder."""
        moment = to_instant(now())
        for start in range(0, len(found.back), _CHUNK):
            back = found.back[start : start + _CHUNK]
            await self._changed_state(partial(store.mark_present, file_ids=back), len(back))
        if found.problem is not None:
            return
        for start in range(0, len(found.gone), _CHUNK):
            chunk = found.gone[start : start + _CHUNK]
            await self._changed_state(partial(store.mark_missing, files=chunk, missing_since=moment), len(chunk))
        self._tally.done += len(found.gone)
        missing = len(found.gone) + len(found.missing_before)
        if not found.missing_before or found.scope.starts or missing * 2 > found.known:
            return
        horizon = moment - GRACE // timedelta(microseconds=1)
        rows = await self._database.reader.all(
            "SELECT id FROM media_file WHERE folder_id = ? AND state = 'missing' AND missing_since < ?",
            (place.folder_id, horizon),
        )
        old = [row["id"] for row in rows]
        for start in range(0, len(old), _CHUNK):
            ids = old[start : start + _CHUNK]
            self._rolled(await self._database.write(partial(store.forget, file_ids=ids)))

    async def _changed_state(self, change: Callable[[sqlite3.Connection], RolledUp], files: int) -> None:
        self._context.check()
        self._rolled(await self._database.write(change))
        self._tally.updated += files
        self._items_changed()

    async def _sidecars(self, place: Place, found: Differences) -> None:
        if found.problem is not None:
            return
        for start in range(0, len(found.subtitles), _CHUNK):
            subtitles: Sequence[Seen] = found.subtitles[start : start + _CHUNK]
            await self._database.write(partial(sidecar_store.write_subtitles, found=subtitles))
        for start in range(0, len(found.pictures), _CHUNK):
            pictures: Sequence[Seen] = found.pictures[start : start + _CHUNK]
            await self._database.write(partial(sidecar_store.write_pictures, place=place, found=pictures))
            self._tally.updated += len(pictures)
        if found.subtitles_gone:
            await self._database.write(partial(sidecar_store.forget_subtitles, ids=found.subtitles_gone))
        if found.pictures_gone:
            await self._database.write(partial(sidecar_store.forget_pictures, paths=found.pictures_gone))

    async def _unplaced(self, place: Place) -> None:
        """Extras and pictures whose film came later find it now."""
        if not self.changed:
            return
        lonely = await self._database.reader.all(
            "SELECT path, size, mtime_ns FROM picture_file WHERE folder_id = ? AND item_id IS NULL ORDER BY path "
            "LIMIT ?",
            (place.folder_id, _LONELY),
        )
        pictures = [Seen(*row) for row in lonely]
        for start in range(0, len(pictures), _CHUNK):
            chunk_of = pictures[start : start + _CHUNK]
            await self._database.write(partial(sidecar_store.write_pictures, place=place, found=chunk_of))
        rows = await self._database.reader.all(
            "SELECT f.id FROM media_file f WHERE f.folder_id = ? AND f.state <> 'missing' "
            "AND NOT EXISTS (SELECT 1 FROM item_file l WHERE l.file_id = f.id) ORDER BY f.id",
            (place.folder_id,),
        )
        ids = [row["id"] for row in rows]
        for start in range(0, len(ids), _CHUNK):
            chunk = ids[start : start + _CHUNK]
            moment = to_instant(now())
            self._took(
                await self._database.write(partial(store.place_again, place=place, file_ids=chunk, moment=moment))
            )

    async def _finish(self, total: int) -> None:
        tally = self._tally
        if self._context.fence > 1:
            await self._recall()
        if not self._starts:
            await self._database.execute(
                "UPDATE library SET scanned_at = ? WHERE id = ?", (to_instant(now()), self._library)
            )
        updated = tally.changed - tally.added.keys() - tally.vanished.keys()
        await self._tell_items(sorted(updated))
        summary = (
            f"{tally.found} files, {len(tally.added)} new items, {tally.moved} moved, {tally.broken} broken, "
            f"{tally.removed} items gone"
        )
        if self.changed or not self._starts:
            await self._context.log(summary)
        counts: LibraryPayload = {
            "library_id": self._library,
            "job_id": self._context.job.id,
            "added": len(tally.added),
            "updated": len(updated),
            "removed": len(tally.vanished),
            "added_items": [] if self._is_first else [*islice(tally.added, _NAMED)],
        }
        if not self._starts:
            self._bus.publish(Topic.LIBRARY, LibraryEventKind.SCAN_FINISHED, counts)
        elif self.changed:
            self._bus.publish(Topic.LIBRARY, LibraryEventKind.ITEMS_CHANGED, counts)
        await self._context.progress(total, total, message=summary)

    def _took(self, written: Written) -> None:
        self._tally.added |= {item: kind.value for item, kind in written.changes.added.items()}
        self._tally.changed |= written.changes.touched
        self._rolled(written.rolled)
        self._items_changed()

    def _rolled(self, rolled: RolledUp) -> None:
        tally = self._tally
        for item, was in rolled.vanished.items():
            # What came in this very scan was never seen by anybody.
            if tally.added.pop(item, None) is None:
                tally.vanished[item] = was
        for item in rolled.returned:
            if tally.vanished.pop(item, None) is None:
                tally.changed.add(item)
        tally.removed += len(rolled.removed)

    def _items_changed(self) -> None:
        payload: LibraryPayload = {"library_id": self._library, "job_id": self._context.job.id}
        key = f"library:{self._library}:items"
        self._bus.publish(Topic.LIBRARY, LibraryEventKind.ITEMS_CHANGED, payload, conflate=key)

    async def _recall(self) -> None:
        """Count in what an earlier try of this job added before it was killed, and did not live to tell.

        What came since this try began was told, or will be, by whoever added it.
        """
        await self._bus.flush()
        rows = await self._database.reader.all(
            "SELECT id, kind FROM item WHERE library_id = ?1 AND added_at BETWEEN ?2 AND ?3 AND hidden = 0 "
            "AND id NOT IN (SELECT json_extract(payload, '$.item_id') FROM event WHERE seq >= ?2 AND topic = 'library' "
            "AND kind = 'item_added')",
            (self._library, to_instant(self._context.job.created_at), self._began),
        )
        self._tally.added |= {row["id"]: row["kind"] for row in rows}

    async def _tell_items(self, updated: list[int]) -> None:
        """Announce items one by one, for automations: not those a library begins with, and never thousands."""
        tally = self._tally
        if len(tally.vanished) <= ANNOUNCED:
            for item, gone in tally.vanished.items():
                payload = self._about(item, gone.kind)
                payload["was"] = gone.was
                self._bus.publish(Topic.LIBRARY, LibraryEventKind.ITEM_REMOVED, payload)
        if len(tally.added) <= ANNOUNCED and not self._is_first:
            for item, kind in tally.added.items():
                self._bus.publish(Topic.LIBRARY, LibraryEventKind.ITEM_ADDED, self._about(item, kind))
        if len(updated) <= ANNOUNCED and not self._is_first:
            rows = await self._database.reader.all(
                f"SELECT id, kind FROM item WHERE hidden = 0 AND id IN ({marks(updated)}) ORDER BY id",  # noqa: S608 - only placeholders
                updated,
            )
            for row in rows:
                self._bus.publish(Topic.LIBRARY, LibraryEventKind.ITEM_UPDATED, self._about(row["id"], row["kind"]))

    def _about(self, item: int, kind: str) -> LibraryPayload:
        return {"library_id": self._library, "item_id": item, "item_kind": kind}

    def _publish(self, kind: LibraryEventKind, *, job_id: int | None = None) -> None:
        payload: LibraryPayload = {"library_id": self._library}
        if job_id is not None:
            payload["job_id"] = job_id
        self._bus.publish(Topic.LIBRARY, kind, payload)


def _identities(paths: Sequence[os.PathLike[str]]) -> frozenset[tuple[int, int]]:
    """Device and inode of directories that are never scanned, so that no other name for them is either."""
    found = set()
    for path in paths:
        try:
            status = os.stat(path)  # noqa: PTH116 - PathLike
        except OSError:
            continue
        found.add((status.st_dev, status.st_ino))
    return frozenset(found)


def _device(root: bytes) -> int | None:
    try:
        return os.stat(root).st_dev  # noqa: PTH116 - paths of bytes
    except OSError:
        return None


def _move(connection: sqlite3.Connection, place: Place, chunk: Sequence[moves.Move]) -> Written:
    moves.write_moves(connection, place, chunk)
    return store.place_again(connection, place, [move.file_id for move in chunk], to_instant(now()))
