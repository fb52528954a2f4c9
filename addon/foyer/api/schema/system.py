"""The server itself: what it is and its settings."""

from __future__ import annotations

from typing import Annotated

import orjson
import strawberry

from foyer import __version__
from foyer.api.schema.account import User, viewer_user
from foyer.api.schema.connection import After, Connection, First, Window, list_page
from foyer.api.schema.context import Info
from foyer.api.schema.errors import mutation
from foyer.api.schema.fields import resolved
from foyer.api.schema.kinds import HealthState, SettingKind
from foyer.errors import ValidationError
from foyer.settings.registry import DESCRIPTIONS, SettingDescription, SettingValue

API_VERSION = 1
_PLACES = {description.key: place for place, description in enumerate(DESCRIPTIONS)}
MAX_SETTINGS = 100


@strawberry.type(description="A setting that can be changed while the server runs.")
class Setting:
    key: str = strawberry.field(description="Its stable name, such as `server.name`.")
    title: str = strawberry.field(description="What it is called, for people.")
    description: str = strawberry.field(description="What it does.")
    group: str = strawberry.field(description="What it belongs to: the part of the key before the first dot.")
    kind: SettingKind = strawberry.field(description="How it is entered and shown.")
    value: str = strawberry.field(description="The present value, JSON-encoded.")
    default_value: str = strawberry.field(description="The value it has when nobody changed it, JSON-encoded.")
    choices: list[str] = strawberry.field(description="What can be chosen; empty unless it is a CHOICE.")
    minimum: float | None = strawberry.field(description="The least it may be.")
    maximum: float | None = strawberry.field(description="The most it may be.")


def setting(entry: tuple[SettingDescription, SettingValue]) -> Setting:
    """A setting as the API shows it."""
    description, value = entry
    return Setting(
        key=description.key,
        title=description.title,
        description=description.description,
        group=description.group,
        kind=description.kind,
        value=orjson.dumps(value).decode(),
        default_value=orjson.dumps(description.default).decode(),
        choices=list(description.choices),
        minimum=description.minimum,
        maximum=description.maximum,
    )


@strawberry.type(description="What this server is, and who asks.")
class ServerInfo:
    id: strawberry.ID = strawberry.field(description="Which server this is: the same whatever its address or name.")
    name: str = strawberry.field(description="What the server is called.")
    version: str = strawberry.field(description="The version of Foyer.")
    api_version: int = strawberry.field(description="Raised when a client has to change; 1 now.")
    setup_required: bool = strawberry.field(description="Whether the first administrator has yet to be created.")
    ingress: bool = strawberry.field(description="Whether the request came through Home Assistant's ingress.")
    viewer: User | None = strawberry.field(description="Who asks; null before login.")


@strawberry.type(description="How one part of the server is.")
class HealthCheck:
    name: str = strawberry.field(description="The part.")
    state: HealthState = strawberry.field(description="How it is.")
    message: str = strawberry.field(description="The same in a sentence.")


@strawberry.type(description="How the server is doing.")
class SystemHealth:
    state: HealthState = strawberry.field(description="As well as its worst part.")
    checks: list[HealthCheck] = strawberry.field(description="Each part.")
    uptime_seconds: float = strawberry.field(description="Since it was started.")
    memory_bytes: float = strawberry.field(description="Resident memory of its own process.")
    ffmpeg_version: str | None = strawberry.field(description="The ffmpeg in use; null when there is none.")
    database_bytes: float = strawberry.field(description="The database with its journal.")
    cache_bytes: float = strawberry.field(description="Converted video kept on disk.")
    cache_budget_bytes: float = strawberry.field(description="How much of it may be kept.")
    background_work: bool = strawberry.field(
        description="Whether jobs of the processor and of graphics cards run; `setBackgroundWork` changes it."
    )


@strawberry.type
class SystemQueries:
    @resolved("What this server is, and who asks; needs no login.")
    async def server(self, info: Info) -> ServerInfo:
        services = info.context.services
        return ServerInfo(
            id=strawberry.ID(services.accounts.server_id),
            name=services.settings.text("server.name"),
            version=__version__,
            api_version=API_VERSION,
            setup_required=await services.accounts.setup.is_required(),
            ingress=info.context.caller.is_ingress,
            viewer=await viewer_user(info.context),
        )

    @resolved("How every part is, and what the server uses; for those who may see the system.", cost=50)
    async def health(self, info: Info) -> SystemHealth:
        found = await info.context.services.vitals.read(info.context.principal)
        return SystemHealth(
            state=found.state,
            checks=[HealthCheck(name=one.name, state=one.state, message=one.message) for one in found.checks],
            uptime_seconds=found.uptime_s,
            memory_bytes=float(found.memory_bytes),
            ffmpeg_version=found.ffmpeg_version,
            database_bytes=float(found.database_bytes),
            cache_bytes=float(found.cache_bytes),
            cache_budget_bytes=float(found.cache_budget_bytes),
            background_work=info.context.services.job_desk.is_heavy_work_on,
        )

    @resolved("Every setting with its present value; for those who manage settings.")
    async def settings(self, info: Info, first: First = 100, after: After = None) -> Connection[Setting]:
        window = Window.read(first, after)
        entries = info.context.services.settings_desk.all(info.context.principal)
        return list_page(window, entries, setting, lambda entry: (_PLACES[entry[0].key],))


@strawberry.input(description="A setting's new value.")
class SettingValueInput:
    key: str = strawberry.field(description="The setting's key.")
    value: str = strawberry.field(description="The new value, JSON-encoded.")


@strawberry.input(description="Settings to change together.")
class UpdateSettingsInput:
    values: list[SettingValueInput] = strawberry.field(description="The new values; all of them are set, or none.")


@strawberry.type(description="The settings that were changed.")
class UpdateSettingsPayload:
    settings: list[Setting] = strawberry.field(description="Those that were given, with their values as they are now.")


@strawberry.type
class SystemMutations:
    @mutation(description="Change settings, all or none; for those who manage settings.")
    async def update_settings(
        self,
        info: Info,
        input: Annotated[UpdateSettingsInput, strawberry.argument(description="The new values.")],  # noqa: A002
    ) -> UpdateSettingsPayload:
        principal, desk = info.context.principal, info.context.services.settings_desk
        desk.require(principal)
        if len(input.values) > MAX_SETTINGS:
            raise ValidationError(f"At most {MAX_SETTINGS} settings can be changed at once.")
        values = {one.key: _json(one) for one in input.values}
        changed = await desk.update(principal, values)
        return UpdateSettingsPayload(settings=[setting(one) for one in changed])


def _json(one: SettingValueInput) -> object:
    try:
        return orjson.loads(one.value)
    except ValueError as error:
        raise ValidationError(
            f"The value of {one.key[:80]} is not JSON.", fields={one.key[:80]: 'Write texts in quotes, as in "Foyer".'}
        ) from error
