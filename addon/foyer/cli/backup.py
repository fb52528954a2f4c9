"""``foyer backup``: a snapshot of the database that a backup of the data folder can hold while the server runs.

Copying the files of an open database one after the other can tear it. So the snapshot is written in one piece, the
database's own files stay out of the backup, and a data folder that has only the snapshot starts from it. Home Assistant
asks for a snapshot only while the server runs; so a server that has stopped leaves one, which costs no space.
The module runs by itself too: ``python -m foyer.cli.backup create`` needs nothing of the server but its database.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

from foyer.cli.options import add_data, from_arguments
from foyer.errors import ConflictError, FoyerError, NotFoundError, UnavailableError
from foyer.settings.options import Options

FOLDER = "backup"
NAME = "foyer.snapshot"


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    _add_actions(commands.add_parser("backup", help="make the data folder fit for a backup, and start from one"))


def _add_actions(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, run, text in (
        ("create", _create, "write a consistent snapshot of the database into DATA/backup, also while a server runs"),
        ("keep", _keep, "let the database of a stopped server be its snapshot too, until it starts again"),
        ("restore", _restore, "make the snapshot the database of a data folder that has none"),
        ("discard", _discard, "remove the snapshot"),
    ):
        action = actions.add_parser(name, help=text)
        add_data(action)
        action.set_defaults(run=run)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the actions and return its exit status."""
    parser = argparse.ArgumentParser(prog="foyer.cli.backup", description="Snapshots of Foyer's database.")
    _add_actions(parser)
    parsed = parser.parse_args(arguments)
    try:
        return int(parsed.run(parsed))
    except FoyerError as error:
        print(f"foyer: {error.message}", file=sys.stderr)
        return 1


def snapshot_of(options: Options) -> Path:
    """Where the snapshot of a data folder is."""
    return options.data / FOLDER / NAME


def _create(arguments: argparse.Namespace) -> int:
    from foyer.db.migrations import keep_copy  # noqa: PLC0415 - see foyer.cli.main

    options = from_arguments(arguments)
    if not options.database.is_file():
        raise NotFoundError(f"There is no database in {options.data}.", path=str(options.data))
    target = snapshot_of(options)
    try:
        # Whatever happens now, no backup gets the snapshot of another day.
        _remove(target)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        # Not migrated: the snapshot is of the database as the server has it.
        with closing(sqlite3.connect(options.database, timeout=30)) as source:
            keep_copy(source, target)
        options.last_backup.touch()
    except (OSError, sqlite3.Error) as error:
        with suppress(OSError):
            _remove(target)
        raise UnavailableError(f"The snapshot {target} could not be written: {error}.", path=str(target)) from error
    print(target)
    return 0


def _keep(arguments: argparse.Namespace) -> int:
    from foyer.db.migrations import keep_copy  # noqa: PLC0415 - see foyer.cli.main
    from foyer.instance import InstanceLock  # noqa: PLC0415

    options = from_arguments(arguments)
    if not options.database.is_file():
        return 0
    target = snapshot_of(options)
    try:
        with InstanceLock(options.data), closing(sqlite3.connect(options.database, timeout=5)) as source:
            # What a killed server left in the log belongs to the database.
            source.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            _remove(target)
            target.parent.mkdir(mode=0o700, exist_ok=True)
            try:
                target.hardlink_to(options.database)
            except OSError:  # a file system without links
                keep_copy(source, target)
    except (OSError, sqlite3.Error) as error:
        raise UnavailableError(f"The snapshot {target} could not be written: {error}.", path=str(target)) from error
    return 0


def _restore(arguments: argparse.Namespace) -> int:
    from foyer.instance import is_served  # noqa: PLC0415 - see foyer.cli.main

    options = from_arguments(arguments)
    snapshot = snapshot_of(options)
    if not snapshot.is_file():
        raise NotFoundError(f"There is no snapshot at {snapshot}.", path=str(snapshot))
    if is_served(options.data):
        raise ConflictError(f"A server runs on {options.data}. Stop it first.", path=str(options.data))
    if options.database.exists():
        raise ConflictError(
            f"{options.data} has a database already. Move {options.database} away first.", path=str(options.database)
        )
    _check(snapshot)
    # What another database has left in the log would be played into this one.
    for suffix in ("-wal", "-shm"):
        options.database.with_name(f"{options.database.name}{suffix}").unlink(missing_ok=True)
    snapshot.replace(options.database)
    print(options.database)
    return 0


def _discard(arguments: argparse.Namespace) -> int:
    _remove(snapshot_of(from_arguments(arguments)))
    return 0


def _remove(snapshot: Path) -> None:
    """The snapshot, and what is left of one that was not finished."""
    for path in (
        snapshot,
        *(snapshot.with_name(f"{NAME}.part{suffix}") for suffix in ("", "-journal", "-wal", "-shm")),
    ):
        path.unlink(missing_ok=True)


def _check(snapshot: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{snapshot.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            problem = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        problem = str(error)
    if problem != "ok":
        raise UnavailableError(f"The snapshot {snapshot} is damaged: {problem}.", path=str(snapshot))


if __name__ == "__main__":
    sys.exit(main())
