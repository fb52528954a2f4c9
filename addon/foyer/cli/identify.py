"""``foyer identify``: show what names would be understood to be, without a library, a database or the files."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import PurePosixPath

from foyer.library.kinds import LibraryKind
from foyer.library.names import Identity, identify

_COLUMNS = ("kind", "name", "year", "number", "notes", "path")
_USAGE = 2


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command; its arguments carry ``run``, which returns the exit status."""
    parser = subparsers.add_parser(
        "identify",
        help="show what file names would be understood to be",
        description="Show what Foyer understands from the names of files and folders. They need not exist.",
    )
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="a path, or - to read paths from standard input, one a line"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="only show; this is the default and nothing is ever written"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line for every path, in order")
    parser.add_argument(
        "--kind", choices=[kind.value for kind in LibraryKind], help="the kind of library; guessed if not given"
    )
    parser.add_argument("--root", metavar="FOLDER", help="the library's folder; folders above it say nothing")
    parser.set_defaults(func=run, run=run)


def run(args: argparse.Namespace) -> int:
    """Print one line a path; 2 where a path is empty, and then nothing is printed for it but the error."""
    kind = LibraryKind(args.kind) if args.kind else None
    root = PurePosixPath(args.root) if args.root else None
    rows: list[tuple[str, Identity]] = []
    status = 0
    for path in _paths(args.paths):
        if not path.strip("/ "):
            print("foyer identify: an empty path has no name to understand; give the path of a file.", file=sys.stderr)
            status = _USAGE
            continue
        identity = identify(path, kind=kind, root=root)
        if args.json:
            print(json.dumps(identity.as_json()))
        else:
            rows.append((path, identity))
    if rows:
        _print_table(rows)
    return status


def _paths(given: list[str]) -> list[str]:
    """The paths of the command line, those of standard input in the place of ``-``."""
    paths: list[str] = []
    for path in given:
        if path == "-":
            paths += (line.rstrip("\r\n") for line in sys.stdin if line.strip())
        else:
            paths.append(path)
    return paths


def _print_table(rows: list[tuple[str, Identity]]) -> None:
    lines = [_COLUMNS, *(_cells(path, identity) for path, identity in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_COLUMNS) - 1)]
    for line in lines:
        print("  ".join([*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[-1]]).rstrip())


def _cells(path: str, identity: Identity) -> tuple[str, ...]:
    return (
        identity.kind.value,
        _name(identity) or "?",
        str(identity.year or ""),
        _number(identity),
        ", ".join(_notes(identity)),
        os.fsencode(path).decode("utf-8", "replace").replace("\n", "\N{SYMBOL FOR NEWLINE}"),
    )


def _name(identity: Identity) -> str:
    """Series and episode, artist and title, or the title."""
    pieces = (identity.series or identity.artist or (identity.parent if identity.extra else None), identity.title)
    return " / ".join(dict.fromkeys(piece for piece in pieces if piece))


def _number(identity: Identity) -> str:
    season = f"S{identity.season:02}" if identity.season is not None else ""
    first_last = sorted({*identity.episodes[:1], *identity.episodes[-1:]})
    episodes = "-".join(f"E{number:02}" for number in first_last)
    part = f"part {identity.part}" if identity.part is not None else ""
    return " ".join(piece for piece in (season + episodes, identity.date or "", part) if piece)


def _notes(identity: Identity) -> list[str]:
    notes = [note for note in (identity.extra, identity.edition, identity.version) if note]
    return [*dict.fromkeys(notes), *(f"{provider}={value}" for provider, value in identity.ids.items())]
