from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from foyer.db.database import Database
from foyer.db.migrations import Migration, available, migrate
from foyer.errors import UnavailableError


def step(number: int, script: str) -> Migration:
    return Migration(number=number, name=f"test{number}", script=script)


def query(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(sql).fetchall()


FIRST = step(
    1,
    "CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);\n"
    "CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent(id) ON DELETE CASCADE);\n"
    "INSERT INTO parent VALUES (1, 'a; b');\nINSERT INTO child VALUES (1, 1);\n",
)
REBUILD = step(
    2,
    "CREATE TABLE parent_new (id INTEGER PRIMARY KEY, name TEXT NOT NULL);\n"
    "INSERT INTO parent_new SELECT * FROM parent;\nDROP TABLE parent;\nALTER TABLE parent_new RENAME TO parent;\n"
    "CREATE TRIGGER t AFTER INSERT ON parent BEGIN\n  UPDATE parent SET name = 'x';\n  SELECT 1;\nEND;\n",
)


def test_every_shipped_migration_applies_once_and_leaves_a_sound_database(tmp_path: Path) -> None:
    path = tmp_path / "foyer.db"
    assert migrate(path) == available()
    assert migrate(path) == ()
    assert query(path, "PRAGMA integrity_check") == [("ok",)]
    assert query(path, "PRAGMA foreign_key_check") == []


def test_rebuilding_a_table_loses_no_child_and_keeps_a_copy_from_before(tmp_path: Path) -> None:
    path = tmp_path / "foyer.db"
    migrate(path, (FIRST,))
    assert migrate(path, (FIRST, REBUILD)) == (REBUILD,)
    assert query(path, "SELECT name FROM parent JOIN child ON parent_id = parent.id") == [("a; b",)]
    copy = tmp_path / "foyer.db.before-0002"
    assert query(copy, "PRAGMA user_version") == [(1,)]
    assert query(copy, "SELECT count(*) FROM child") == [(1,)]


@pytest.mark.parametrize("broken", ["CREATE TABLE x (id);\nNONSENSE;\n", "DELETE FROM parent;\n"])
def test_a_step_that_fails_leaves_everything_as_it_was(tmp_path: Path, broken: str) -> None:
    path = tmp_path / "foyer.db"
    migrate(path, (FIRST,))
    with pytest.raises(UnavailableError):
        migrate(path, (FIRST, step(2, broken)))
    assert query(path, "PRAGMA user_version") == [(1,)]
    assert query(path, "SELECT count(*) FROM parent") == [(1,)]
    assert query(path, "SELECT count(*) FROM sqlite_master WHERE name = 'x'") == [(0,)]


def test_a_newer_database_and_a_file_that_is_none_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "foyer.db"
    migrate(path, (FIRST, REBUILD))
    with pytest.raises(UnavailableError, match="newer Foyer"):
        migrate(path, (FIRST,))
    garbage = tmp_path / "garbage.db"
    garbage.write_bytes(b"this is not a database, whatever its name says" * 100)
    with pytest.raises(UnavailableError, match="cannot be used"):
        migrate(garbage)
    assert garbage.read_bytes().startswith(b"this is not")


async def test_models_and_migrations_describe_the_same_tables(database: Database) -> None:
    from tortoise import Tortoise  # noqa: PLC0415 - reads the models that `database` has set up

    for model in Tortoise.apps["models"].values():
        rows = await database.reader.all(f"PRAGMA table_info({model._meta.db_table})")
        columns = {row["name"]: bool(row["notnull"]) for row in rows}
        assert set(columns) == set(model._meta.fields_db_projection.values()), model
        for name, column in model._meta.fields_db_projection.items():
            field = model._meta.fields_map[name]
            assert field.pk or columns[column] is not field.null, f"{model.__name__}.{name}"
