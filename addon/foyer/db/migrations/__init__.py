"""Forward-only migrations, each a SQL script applied once, in order of its number.

They run on a connection of their own with foreign keys off (a rebuilt table would otherwise cascade its children
away), inside one transaction each, followed by ``PRAGMA foreign_key_check``. Before the first pending one touches a
database that holds anything, a copy of the file is kept beside it.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from foyer.errors import UnavailableError


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One numbered step, from ``NNNN_name.sql`` beside this file."""

    number: int
    name: str
    script: str


def available() -> tuple[Migration, ...]:
    """Every shipped migration in order; raises ``RuntimeError`` when numbers collide or leave a gap."""
    steps = sorted(
        (
            Migration(number=int(entry.name[:4]), name=entry.name[5:-4], script=entry.read_text("utf-8"))
            for entry in files(__name__).iterdir()
            if entry.name.endswith(".sql")
        ),
        key=lambda step: step.number,
    )
    if [step.number for step in steps] != list(range(1, len(steps) + 1)):
        raise RuntimeError("migrations must be numbered 1, 2, 3 … without gaps")
    return tuple(steps)


def migrate(database: Path, steps: tuple[Migration, ...] | None = None) -> tuple[Migration, ...]:
    """Bring a database file up to date and return what was applied.

    Raises ``UnavailableError`` when the file was written by a newer Foyer, is not a database, or a step fails; the
    file is then as it was.
    """
    steps = available() if steps is None else steps
    database.parent.mkdir(parents=True, exist_ok=True)
    try:
        with closing(sqlite3.connect(database, isolation_level=None, timeout=30)) as connection:
            return _apply_pending(connection, database, steps)
    except sqlite3.DatabaseError as error:
        raise UnavailableError(f"The database {database} cannot be used: {error}.", path=str(database)) from error


def _apply_pending(
    connection: sqlite3.Connection, database: Path, steps: tuple[Migration, ...]
) -> tuple[Migration, ...]:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA foreign_keys = OFF")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(steps):
        raise UnavailableError(
            f"The database was written by a newer Foyer (schema {version}, this one knows {len(steps)}). "
            "Install that version again, or restore the copy kept before the upgrade.",
        )
    pending = tuple(step for step in steps if step.number > version)
    if pending and version:
        keep_copy(connection, database.with_name(f"{database.name}.before-{version + 1:04}"))
    for step in pending:
        _apply(connection, step)
    return pending


def _apply(connection: sqlite3.Connection, step: Migration) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in _statements(step.script):
            connection.execute(statement)
        if broken := connection.execute("PRAGMA foreign_key_check").fetchall():
            raise sqlite3.IntegrityError(f"migration {step.number} left {len(broken)} dangling references")
        connection.execute(f"PRAGMA user_version = {step.number:d}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _statements(script: str) -> list[str]:
    """Split a script where SQLite itself says a statement is complete, so that triggers stay whole."""
    found: list[str] = []
    buffer = ""
    for line in script.splitlines(keepends=True):
        buffer += line
        if sqlite3.complete_statement(buffer):
            found.append(buffer)
            buffer = ""
    if buffer.strip():
        found.append(buffer)
    return found


def keep_copy(connection: sqlite3.Connection, target: Path) -> None:
    """Write a consistent copy of an open database through SQLite's backup API, replacing an older one whole."""
    partial = target.with_name(f"{target.name}.part")
    partial.unlink(missing_ok=True)
    with closing(sqlite3.connect(partial)) as copy:
        connection.backup(copy)
    partial.replace(target)
