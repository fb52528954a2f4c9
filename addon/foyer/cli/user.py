"""``foyer user``: people with accounts."""

from __future__ import annotations

import argparse
import getpass
import sys

from foyer.accounts.roles import Role
from foyer.cli.options import add_data
from foyer.errors import NotFoundError, ValidationError


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser("user", help="list, add and let back in users")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="add a user; the password is read from standard input")
    add.add_argument("name")
    add.add_argument("--role", choices=[role.value for role in Role], default=Role.USER.value)
    add.set_defaults(run=_add)
    listing = actions.add_parser("list", help="show every user")
    listing.set_defaults(run=_list)
    reset = actions.add_parser("reset-password", help="set a new password, read from standard input")
    reset.add_argument("name")
    reset.set_defaults(run=_reset)
    for action in (add, listing, reset):
        add_data(action)


async def _add(arguments: argparse.Namespace) -> int:
    from foyer.cli.runtime import open_runtime  # noqa: PLC0415 - see foyer.cli.main

    password = _read_password()
    async with open_runtime(arguments) as core:
        accounts = core.accounts
        user = await accounts.users.create(
            accounts.local_principal(), name=arguments.name, password=password, role=Role(arguments.role)
        )
    print(f"Added {user.name} ({user.role.value}).")
    return 0


async def _list(arguments: argparse.Namespace) -> int:
    from foyer.cli.runtime import open_runtime  # noqa: PLC0415 - see foyer.cli.main

    async with open_runtime(arguments) as core:
        users = await core.accounts.users.all(core.accounts.local_principal())
    for user in users:
        notes = ["disabled"] * user.disabled + ["Home Assistant"] * (user.home_assistant_id is not None)
        print(f"{user.name}\t{user.role.value}\t{', '.join(notes)}".rstrip())
    return 0


async def _reset(arguments: argparse.Namespace) -> int:
    from foyer.cli.runtime import open_runtime  # noqa: PLC0415 - see foyer.cli.main

    password = _read_password()
    async with open_runtime(arguments) as core:
        accounts = core.accounts
        user = await accounts.directory.by_name(arguments.name)
        if user is None:
            raise NotFoundError(f"There is no user called {arguments.name}.")
        await accounts.users.change_password(accounts.local_principal(), user.id, new=password)
    print(f"{user.name} has a new password and is signed out everywhere.")
    return 0


def _read_password() -> str:
    """From a terminal without echo, or the first line of standard input; never from the arguments, which others see."""
    if sys.stdin.isatty():
        return getpass.getpass("Password: ")
    line = sys.stdin.readline()
    if not line:
        raise ValidationError("No password came on standard input.")
    return line.rstrip("\r\n")
