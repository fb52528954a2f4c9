"""``foyer token``: API keys for scripts."""

from __future__ import annotations

import argparse
import sys

from foyer.accounts.roles import Role, Scope
from foyer.cli.options import add_data
from foyer.errors import NotFoundError, ValidationError


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser("token", help="make API keys")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    create = actions.add_parser("create", help="make an API key and print it, alone, on standard output")
    create.add_argument("name", help="what the key is for")
    create.add_argument(
        "--scope",
        action="append",
        choices=[scope.value for scope in Scope],
        help="what it may do; may be given several times (default: everything its user may)",
    )
    create.add_argument("--user", metavar="NAME", help="whose key it is (default: the only administrator)")
    add_data(create)
    create.set_defaults(run=_create)


async def _create(arguments: argparse.Namespace) -> int:
    from foyer.accounts.service import Accounts  # noqa: PLC0415 - see foyer.cli.main
    from foyer.cli.runtime import open_runtime  # noqa: PLC0415
    from foyer.ids import UserId  # noqa: PLC0415

    async def owner(accounts: Accounts) -> UserId:
        if arguments.user is not None:
            user = await accounts.directory.by_name(arguments.user)
            if user is None:
                raise NotFoundError(f"There is no user called {arguments.user}.")
            return user.id
        admins = [user for user in await accounts.directory.all() if user.role is Role.ADMIN and not user.disabled]
        if len(admins) != 1:
            raise ValidationError("Say whose key it is with --user." if admins else "Add a user first: foyer user add.")
        return admins[0].id

    async with open_runtime(arguments) as core:
        _, secret = await core.accounts.keys.create(
            core.accounts.local_principal(),
            name=arguments.name,
            scopes=[Scope(scope) for scope in arguments.scope or [one.value for one in Scope]],
            user_id=await owner(core.accounts),
        )
    print(secret)
    print("Keep it: it cannot be shown again.", file=sys.stderr)
    return 0
