"""Accounts: who there is, how they sign in, and what they may do."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from foyer.accounts.directory import User as UserRow
from foyer.accounts.keys import ApiKey as ApiKeyRow
from foyer.accounts.roles import PERMISSIONS
from foyer.accounts.sessions import LoginSession as LoginSessionRow
from foyer.accounts.sessions import Tokens
from foyer.api.schema.connection import After, Connection, First, Window, list_page
from foyer.api.schema.context import Context, Info
from foyer.api.schema.errors import mutation
from foyer.api.schema.fields import resolved
from foyer.api.schema.filters import rows
from foyer.api.schema.kinds import Permission, Role, Scope
from foyer.api.schema.library import Library, load_libraries
from foyer.api.schema.loading import edge
from foyer.api.schema.scalars import Node
from foyer.db.fields import to_instant
from foyer.errors import NotFoundError
from foyer.ids import ApiKeyId, LoginSessionId, NodeKind, UserId, decode_as, encode

UNKNOWN_DEVICE = "Unknown device"


async def _libraries(context: Context, sets: list[frozenset[int]]) -> dict[frozenset[int], list[Library]]:
    ids = sorted(set().union(*sets))
    found = dict(zip(ids, await context.loaders.many(load_libraries, ids), strict=True)) if ids else {}
    return {one: [found[key] for key in sorted(one) if found.get(key) is not None] for one in sets}


@strawberry.type(description="A person with an account.")
class User(Node):
    name: str = strawberry.field(description="The name to sign in with.")
    display_name: str = strawberry.field(description="What they are called.")
    role: Role = strawberry.field(description="What they are in this house.")
    permissions: list[Permission] = strawberry.field(
        description="What they may do; for yourself, what this token or key may use of it."
    )
    disabled: bool = strawberry.field(description="Whether they are kept from signing in.")
    home_assistant: bool = strawberry.field(description="Whether they come from Home Assistant.")
    created_at: datetime = strawberry.field(description="When the account was made.")
    last_seen_at: datetime | None = strawberry.field(description="When they last asked for something.")
    all_libraries: bool = strawberry.field(description="Whether every library is open to them, later ones too.")
    version: int = strawberry.field(description="Rises with every change; give it back as `expectedVersion`.")
    opened: strawberry.Private[frozenset[int]]

    libraries: list[Library] = edge(
        _libraries, "opened", empty=list, description="Libraries opened to them one by one; counts unless all are."
    )


@strawberry.type(description="A device somebody is signed in on.")
class LoginSession(Node):
    device: str = strawberry.field(description="What the device calls itself.")
    address: str | None = strawberry.field(description="Where it last asked from.")
    created_at: datetime = strawberry.field(description="When it signed in.")
    last_used_at: datetime = strawberry.field(description="When it last renewed its token.")
    expires_at: datetime = strawberry.field(description="When it is signed out unless it renews before.")
    current: bool = strawberry.field(description="Whether it is the one that asks.")


@strawberry.type(description="A key for a script or a dashboard, without its secret.")
class ApiKey(Node):
    name: str = strawberry.field(description="What its owner calls it.")
    prefix: str = strawberry.field(description="How the secret begins, to recognise it.")
    scopes: list[Scope] = strawberry.field(description="What it may use of its owner's permissions.")
    created_at: datetime = strawberry.field(description="When it was made.")
    last_used_at: datetime | None = strawberry.field(description="When it was last used.")
    expires_at: datetime | None = strawberry.field(description="When it ends; null for never.")


@strawberry.type(description="What a client keeps after signing in.")
class AuthTokens:
    access_token: str = strawberry.field(description="Goes with every request: `Authorization: Bearer …`.")
    refresh_token: str = strawberry.field(description="Renews the access token, once; the answer brings the next one.")
    expires_at: datetime = strawberry.field(description="When the access token ends.")
    user: User = strawberry.field(description="Who signed in.")


def user(row: UserRow, permissions: frozenset[Permission] | None = None) -> User:
    """A user as the API shows them."""
    allowed = PERMISSIONS[row.role] if permissions is None else permissions
    return User(
        id=strawberry.ID(encode(NodeKind.USER, row.id)),
        name=row.name,
        display_name=row.display_name,
        role=row.role,
        permissions=[permission for permission in Permission if permission in allowed],
        disabled=row.disabled,
        home_assistant=row.home_assistant_id is not None,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        all_libraries=row.all_libraries,
        version=row.version,
        opened=row.libraries,
    )


def tokens(given: Tokens) -> AuthTokens:
    """Tokens as the API shows them."""
    return AuthTokens(
        access_token=given.access_token,
        refresh_token=given.refresh_token,
        expires_at=given.expires_at,
        user=user(given.user),
    )


async def viewer_user(context: Context) -> User | None:
    """Who asks, or ``None`` before login."""
    if context.known is None:
        return None
    row = await context.services.accounts.directory.get(context.known.user_id)
    return None if row is None else user(row, context.known.permissions)


async def load_users(context: Context, ids: list[int]) -> dict[int, User]:
    """The users among these whom the asker may know of: oneself, or all for those who manage users or see sessions."""
    principal = context.principal
    everybody = principal.may(Permission.MANAGE_USERS) or principal.may(Permission.VIEW_SESSIONS)
    wanted = {key for key in ids if everybody or key == principal.user_id}
    if not wanted:
        return {}
    return {row.id: user(row) for row in await context.services.accounts.directory.all() if row.id in wanted}


async def load_login_sessions(context: Context, ids: list[int]) -> dict[int, LoginSession]:
    """The asker's own logins among these."""
    found = await context.services.accounts.sessions.of(context.principal)
    return {row.id: _login_session(context, row) for row in found if row.id in ids}


async def load_api_keys(context: Context, ids: list[int]) -> dict[int, ApiKey]:
    """The asker's own keys among these."""
    found = await context.services.accounts.keys.of(context.principal)
    return {row.id: _api_key(row) for row in found if row.id in ids}


def _login_session(context: Context, row: LoginSessionRow) -> LoginSession:
    return LoginSession(
        id=strawberry.ID(encode(NodeKind.LOGIN_SESSION, row.id)),
        device=row.device,
        address=row.address,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        expires_at=row.expires_at,
        current=row.id == context.principal.login_session,
    )


def _api_key(row: ApiKeyRow) -> ApiKey:
    return ApiKey(
        id=strawberry.ID(encode(NodeKind.API_KEY, row.id)),
        name=row.name,
        prefix=row.prefix,
        scopes=[scope for scope in Scope if scope in row.scopes],
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        expires_at=row.expires_at,
    )


@strawberry.type
class AccountQueries:
    @resolved("Everybody, by name; for those who manage users.")
    async def users(self, info: Info, first: First = 50, after: After = None) -> Connection[User]:
        found = await info.context.services.accounts.users.all(info.context.principal)
        return list_page(Window.read(first, after), found, user, lambda row: (row.name.casefold(), row.id))

    @resolved("One user: yourself or, for those who manage users, anybody; null when there is none.", name="user")
    async def one_user(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The user's id.")],  # noqa: A002
    ) -> User | None:
        principal = info.context.principal
        try:
            row_id = UserId(decode_as(NodeKind.USER, id))
            return user(await info.context.services.accounts.users.get(principal, row_id))
        except NotFoundError:
            return None

    @resolved("The devices you are signed in on, the last used first.")
    async def login_sessions(self, info: Info, first: First = 50, after: After = None) -> Connection[LoginSession]:
        context = info.context
        found = await context.services.accounts.sessions.of(context.principal)
        return list_page(
            Window.read(first, after),
            found,
            lambda row: _login_session(context, row),
            lambda row: (-to_instant(row.last_used_at), -row.id),
        )

    @resolved("Your API keys, the newest first.")
    async def api_keys(self, info: Info, first: First = 50, after: After = None) -> Connection[ApiKey]:
        found = await info.context.services.accounts.keys.of(info.context.principal)
        return list_page(Window.read(first, after), found, _api_key, lambda row: (-row.id,))


@strawberry.input(description="The first administrator.")
class CompleteSetupInput:
    name: str = strawberry.field(description="The name to sign in with.")
    password: str = strawberry.field(description="A password.")
    setup_token: str | None = strawberry.field(default=None, description="The setup code from the server's log.")
    device: str | None = strawberry.field(default=None, description="What this device is called.")


@strawberry.type(description="The administrator is signed in.")
class CompleteSetupPayload:
    tokens: AuthTokens = strawberry.field(description="The tokens to keep.")


@strawberry.input(description="Who signs in.")
class LoginInput:
    name: str = strawberry.field(description="The name.")
    password: str = strawberry.field(description="The password.")
    device: str | None = strawberry.field(default=None, description="What this device is called.")


@strawberry.type(description="Somebody is signed in.")
class LoginPayload:
    tokens: AuthTokens = strawberry.field(description="The tokens to keep.")


@strawberry.input(description="Which login to renew.")
class RefreshTokensInput:
    refresh_token: str = strawberry.field(description="The refresh token; it is used up.")


@strawberry.type(description="A renewed login.")
class RefreshTokensPayload:
    tokens: AuthTokens = strawberry.field(description="The tokens to keep in place of the old ones.")


@strawberry.input(description="Which login to end.")
class LogoutInput:
    refresh_token: str = strawberry.field(description="The login's refresh token.")


@strawberry.type(description="The login has ended.")
class LogoutPayload:
    ok: bool = strawberry.field(description="Always true.")


@strawberry.type
class LoginMutations:
    @mutation(description="Create the first administrator; possible once, and needs no login.", anonymous=True)
    async def complete_setup(
        self,
        info: Info,
        input: Annotated[CompleteSetupInput, strawberry.argument(description="The administrator.")],  # noqa: A002
    ) -> CompleteSetupPayload:
        caller = info.context.caller
        caller.guess_once()
        done = await info.context.services.accounts.setup.complete(
            name=input.name,
            password=input.password,
            token=input.setup_token or "",
            device=input.device or UNKNOWN_DEVICE,
            address=caller.address,
        )
        return CompleteSetupPayload(tokens=tokens(done))

    @mutation(description="Sign in with name and password; once in a request, and needs no login.", anonymous=True)
    async def login(
        self,
        info: Info,
        input: Annotated[LoginInput, strawberry.argument(description="Who.")],  # noqa: A002
    ) -> LoginPayload:
        caller = info.context.caller
        caller.guess_once()
        done = await info.context.services.accounts.sessions.login(
            input.name, input.password, device=input.device or UNKNOWN_DEVICE, address=caller.address
        )
        return LoginPayload(tokens=tokens(done))

    @mutation(description="Exchange a refresh token for a new pair; needs no login.", anonymous=True)
    async def refresh_tokens(
        self,
        info: Info,
        input: Annotated[RefreshTokensInput, strawberry.argument(description="Which login.")],  # noqa: A002
    ) -> RefreshTokensPayload:
        caller = info.context.caller
        caller.guess_once()
        done = await info.context.services.accounts.sessions.refresh(input.refresh_token, address=caller.address)
        return RefreshTokensPayload(tokens=tokens(done))

    @mutation(description="End a login; needs nothing but its refresh token.", anonymous=True)
    async def logout(
        self,
        info: Info,
        input: Annotated[LogoutInput, strawberry.argument(description="Which login.")],  # noqa: A002
    ) -> LogoutPayload:
        await info.context.services.accounts.sessions.logout(input.refresh_token)
        return LogoutPayload(ok=True)


@strawberry.input(description="A new user.")
class CreateUserInput:
    name: str = strawberry.field(description="The name to sign in with.")
    password: str = strawberry.field(description="The first password.")
    role: Role = strawberry.field(description="What they are in this house.")
    display_name: str | None = strawberry.field(default=None, description="What they are called; else the name.")
    all_libraries: bool = strawberry.field(default=True, description="Whether every library is open to them.")
    libraries: list[strawberry.ID] | None = strawberry.field(default=None, description="Libraries opened to them.")


@strawberry.type(description="The user who was added.")
class CreateUserPayload:
    user: User = strawberry.field(description="The user.")


@strawberry.input(description="Changes of a user; what is null stays as it is.")
class UpdateUserInput:
    user: strawberry.ID = strawberry.field(description="The user's id.")
    display_name: str | None = strawberry.field(default=None, description="What they are called.")
    role: Role | None = strawberry.field(default=None, description="What they are in this house.")
    disabled: bool | None = strawberry.field(default=None, description="Whether they are kept from signing in.")
    all_libraries: bool | None = strawberry.field(default=None, description="Whether every library is open to them.")
    libraries: list[strawberry.ID] | None = strawberry.field(
        default=None, description="All libraries opened to them from now on."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The `version` you saw; CONFLICT when somebody changed them since."
    )


@strawberry.type(description="The user as they are now.")
class UpdateUserPayload:
    user: User = strawberry.field(description="The user.")


@strawberry.input(description="Which user to remove.")
class DeleteUserInput:
    user: strawberry.ID = strawberry.field(description="The user's id.")


@strawberry.type(description="The user is gone.")
class DeleteUserPayload:
    deleted_id: strawberry.ID = strawberry.field(description="The id they had.")


@strawberry.input(description="A new password.")
class ChangePasswordInput:
    new_password: str = strawberry.field(description="The new password.")
    user: strawberry.ID | None = strawberry.field(default=None, description="Whose; null for your own.")
    current_password: str | None = strawberry.field(
        default=None, description="The present password; needed for your own."
    )


@strawberry.type(description="The password was changed; every other login of the user has ended.")
class ChangePasswordPayload:
    user: User = strawberry.field(description="The user.")


@strawberry.input(description="Which login to end.")
class RevokeLoginSessionInput:
    session: strawberry.ID = strawberry.field(description="The login's id.")


@strawberry.type(description="The login has ended.")
class RevokeLoginSessionPayload:
    revoked_id: strawberry.ID = strawberry.field(description="The id it had.")


@strawberry.input(description="A new API key.")
class CreateApiKeyInput:
    name: str = strawberry.field(description="What to call it.")
    scopes: list[Scope] = strawberry.field(description="What it may use of your permissions, at least one.")
    expires_at: datetime | None = strawberry.field(default=None, description="When it ends; null for never.")


@strawberry.type(description="The key that was made.")
class CreateApiKeyPayload:
    api_key: ApiKey = strawberry.field(description="The key.")
    secret: str = strawberry.field(description="Goes with every request as a bearer token. It is never shown again.")


@strawberry.input(description="Which API key to make useless.")
class RevokeApiKeyInput:
    api_key: strawberry.ID = strawberry.field(description="The key's id.")


@strawberry.type(description="The key is useless from now on.")
class RevokeApiKeyPayload:
    revoked_id: strawberry.ID = strawberry.field(description="The id it had.")


@strawberry.type
class AccountMutations:
    @mutation(description="Add a user; for those who manage users.")
    async def create_user(
        self,
        info: Info,
        input: Annotated[CreateUserInput, strawberry.argument(description="The user.")],  # noqa: A002
    ) -> CreateUserPayload:
        made = await info.context.services.accounts.users.create(
            info.context.principal,
            name=input.name,
            password=input.password,
            role=input.role,
            display_name=input.display_name or "",
            all_libraries=input.all_libraries,
            libraries=rows(NodeKind.LIBRARY, input.libraries) or (),
        )
        return CreateUserPayload(user=user(made))

    @mutation(description="Change a user; for those who manage users.")
    async def update_user(
        self,
        info: Info,
        input: Annotated[UpdateUserInput, strawberry.argument(description="What changes.")],  # noqa: A002
    ) -> UpdateUserPayload:
        users, principal = info.context.services.accounts.users, info.context.principal
        user_id = UserId(decode_as(NodeKind.USER, input.user))
        version = input.expected_version
        changed = await users.update(
            principal,
            user_id,
            expected_version=(await users.get(principal, user_id)).version if version is None else version,
            display_name=input.display_name,
            role=input.role,
            disabled=input.disabled,
            all_libraries=input.all_libraries,
            libraries=rows(NodeKind.LIBRARY, input.libraries),
        )
        return UpdateUserPayload(user=user(changed))

    @mutation(description="Remove a user with everything that is theirs; for those who manage users.")
    async def delete_user(
        self,
        info: Info,
        input: Annotated[DeleteUserInput, strawberry.argument(description="Which user.")],  # noqa: A002
    ) -> DeleteUserPayload:
        principal = info.context.principal
        await info.context.services.accounts.users.delete(principal, UserId(decode_as(NodeKind.USER, input.user)))
        return DeleteUserPayload(deleted_id=input.user)

    @mutation(description="Change your own password or, for those who manage users, set anybody's.")
    async def change_password(
        self,
        info: Info,
        input: Annotated[ChangePasswordInput, strawberry.argument(description="The new password.")],  # noqa: A002
    ) -> ChangePasswordPayload:
        principal = info.context.principal
        info.context.caller.guess_once()
        whose = principal.user_id if input.user is None else UserId(decode_as(NodeKind.USER, input.user))
        changed = await info.context.services.accounts.users.change_password(
            principal, whose, new=input.new_password, current=input.current_password
        )
        return ChangePasswordPayload(user=user(changed))

    @mutation(description="End a login: one of yours or, for those who manage users, anybody's.")
    async def revoke_login_session(
        self,
        info: Info,
        input: Annotated[RevokeLoginSessionInput, strawberry.argument(description="Which login.")],  # noqa: A002
    ) -> RevokeLoginSessionPayload:
        session = LoginSessionId(decode_as(NodeKind.LOGIN_SESSION, input.session))
        await info.context.services.accounts.sessions.revoke(info.context.principal, session)
        return RevokeLoginSessionPayload(revoked_id=input.session)

    @mutation(description="Make an API key for yourself; a key itself cannot.")
    async def create_api_key(
        self,
        info: Info,
        input: Annotated[CreateApiKeyInput, strawberry.argument(description="The key.")],  # noqa: A002
    ) -> CreateApiKeyPayload:
        made, secret = await info.context.services.accounts.keys.create(
            info.context.principal, name=input.name, scopes=input.scopes, expires_at=input.expires_at
        )
        return CreateApiKeyPayload(api_key=_api_key(made), secret=secret)

    @mutation(description="Make an API key useless at once.")
    async def revoke_api_key(
        self,
        info: Info,
        input: Annotated[RevokeApiKeyInput, strawberry.argument(description="Which key.")],  # noqa: A002
    ) -> RevokeApiKeyPayload:
        key = ApiKeyId(decode_as(NodeKind.API_KEY, input.api_key))
        await info.context.services.accounts.keys.revoke(info.context.principal, key)
        return RevokeApiKeyPayload(revoked_id=input.api_key)
