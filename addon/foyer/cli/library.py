"""``foyer library``: libraries and their folders."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from foyer.cli.options import add_data
from foyer.library.kinds import LibraryKind

_KINDS = (LibraryKind.MOVIES, LibraryKind.SERIES, LibraryKind.MUSIC_VIDEOS, LibraryKind.HOME_VIDEOS)


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser("library", help="list, add and remove libraries")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="show every library with its folders and numbers")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    listing.set_defaults(run=_list)
    add = actions.add_parser("add", help="add a library over folders; the server scans it")
    add.add_argument("name")
    add.add_argument("--kind", choices=[kind.value for kind in _KINDS], required=True)
    add.add_argument("--path", action="append", required=True, metavar="DIR", dest="paths", help="may be given again")
    add.add_argument("--wait", action="store_true", help="scan it and wait for the end")
    add.set_defaults(run=_add)
    remove = actions.add_parser("remove", help="forget a library; its files stay")
    remove.add_argument("name")
    remove.set_defaults(run=_remove)
    for action in (listing, add, remove):
        add_data(action)


async def _list(arguments: argparse.Namespace) -> int:
    from foyer.cli.librarian import open_librarian  # noqa: PLC0415 - see foyer.cli.main
    from foyer.library.statistics import statistics  # noqa: PLC0415

    async with open_librarian(arguments) as librarian:
        libraries = await librarian.libraries.all()
        ids = [library.id for library in libraries]
        numbers = await statistics(librarian.core.database.reader, ids)
        folders = await librarian.libraries.folders_of(ids)
    for library in libraries:
        count = numbers[library.id]
        places = [folder.shown_path for folder in folders[library.id]]
        if arguments.json:
            row = {"id": library.id, "name": library.name, "kind": library.kind.value, "folders": places}
            row |= {"items": count.items, "files": count.files, "broken": count.broken_files, "bytes": count.size}
            print(json.dumps(row))
            continue
        broken = f", {count.broken_files} broken" if count.broken_files else ""
        print(f"{library.name}\t{library.kind.value}\t{count.items} items, {count.files} files{broken}")
        for folder in folders[library.id]:
            print(f"\t{folder.shown_path}{f'  ({folder.problem})' if folder.problem else ''}")
    return 0


async def _add(arguments: argparse.Namespace) -> int:
    from foyer.cli.librarian import open_librarian  # noqa: PLC0415 - see foyer.cli.main

    folders = [str(Path(folder).expanduser().absolute()) for folder in arguments.paths]  # noqa: ASYNC240 - no disk
    async with open_librarian(arguments) as librarian:
        library, job = await librarian.libraries.create(arguments.name, LibraryKind(arguments.kind), folders)
        print(f"Added {library.name}.")
        return await librarian.follow([job]) if arguments.wait and job is not None else 0


async def _remove(arguments: argparse.Namespace) -> int:
    from foyer.cli.librarian import open_librarian  # noqa: PLC0415 - see foyer.cli.main

    async with open_librarian(arguments) as librarian:
        library = await librarian.by_name(arguments.name)
        job = await librarian.libraries.delete(library.id)
        status = await librarian.follow([job])
    print(f"Forgot {library.name}.")
    return status
