"""The server itself: what it is and its settings."""

from __future__ import annotations

from typing import Annotated

import orjson
import strawberry

from foyer import __version__
from foyer.api.schema.connection import After, Connection, First, Window, slice_page
from foyer.api.schema.context import Info
from foyer.api.schema.enums import expose
from foyer.api.schema.errors import mutation
from foyer.api.schema.fields import resolved
from foyer.errors import ValidationError
from foyer.settings.registry import SettingDescription, SettingKind, SettingValue

API_VERSION = 1
MAX_SETTINGS = 100

expose(
    SettingKind,
    "How a setting is entered and shown.",
    {
        SettingKind.STRING: "A text.",
        SettingKind.INTEGER: "A whole number.",
        SettingKind.FLOAT: "A number.",
        SettingKind.BOOLEAN: "On or off.",
        SettingKind.CHOICE: "One of `choices`.",
        SettingKind.DURATION: "A span of time in seconds.",
        SettingKind.BYTES: "A size in bytes.",
    },
)


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
    name: str = strawberry.field(description="What the server is called.")
    version: str = strawberry.field(description="The version of Foyer.")
    api_version: int = strawberry.field(description="Raised when a client has to change; 1 now.")
    setup_required: bool = strawberry.field(description="Whether the first administrator has yet to be created.")
    ingress: bool = strawberry.field(description="Whether the request came through Home Assistant's ingress.")


@strawberry.type
class SystemQueries:
    @resolved("What this server is, and who asks; needs no login.")
    async def server(self, info: Info) -> ServerInfo:
        services = info.context.services
        return ServerInfo(
            name=services.settings.text("server.name"),
            version=__version__,
            api_version=API_VERSION,
            setup_required=False,
            ingress=info.context.caller.is_ingress,
        )

    @resolved("Every setting with its present value; for those who manage settings.")
    async def settings(self, info: Info, first: First = 100, after: After = None) -> Connection[Setting]:
        window = Window.read(first, after)
        return slice_page(window, info.context.services.settings_desk.all(info.context.principal), setting)


@strawberry.input(description="A setting's new value.")
class SettingInput:
    key: str = strawberry.field(description="The setting's key.")
    value: str = strawberry.field(description="The new value, JSON-encoded.")


@strawberry.input(description="Settings to change together.")
class UpdateSettingsInput:
    values: list[SettingInput] = strawberry.field(description="The new values; all of them are set, or none.")


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
        principal = info.context.principal
        if len(input.values) > MAX_SETTINGS:
            raise ValidationError(f"At most {MAX_SETTINGS} settings can be changed at once.")
        values = {one.key: _json(one) for one in input.values}
        changed = await info.context.services.settings_desk.update(principal, values)
        return UpdateSettingsPayload(settings=[setting(one) for one in changed])


def _json(one: SettingInput) -> object:
    try:
        return orjson.loads(one.value)
    except ValueError as error:
        raise ValidationError(
            f"The value of {one.key[:80]} is not JSON.", fields={one.key[:80]: 'Write texts in quotes, as in "Foyer".'}
        ) from error
