"""Actions of ``media_player`` on one entity, with Home Assistant's refusals in words for the viewer."""

from __future__ import annotations

from typing import Any

from foyer.errors import UnavailableError, ValidationError
from foyer.homeassistant.errors import HomeAssistantRefusedError, HomeAssistantUnavailableError
from foyer.homeassistant.screens.directory import Core
from foyer.homeassistant.screens.model import Feature, Screen
from foyer.homeassistant.screens.profiles import Medium, play_media
from foyer.playback.commands import Command, CommandKind


class Player:
    """Tells screens what to do.

    Everything raises ``UnavailableError`` when Home Assistant or the player does not take it.
    """

    def __init__(self, core: Core) -> None:
        self._core = core

    async def play(self, screen: Screen, medium: Medium) -> None:
        """Hand over a film. A player that thinks about it for long has taken it: whether it begins will be seen."""
        data = play_media(screen.platform, medium)
        try:
            await self._core.call_service("media_player", "play_media", data, target={"entity_id": screen.entity_id})
        except HomeAssistantRefusedError as error:
            raise _refused(screen, error) from error
        except HomeAssistantUnavailableError as error:
            if not self._core.is_connected:
                raise UnavailableError(error.message) from error

    async def seek(self, screen: Screen, position_ms: int) -> None:
        """Go to a position."""
        await self._call(screen, "media_seek", {"seek_position": position_ms / 1000})

    async def stop(self, screen: Screen) -> None:
        """Stop, or pause a player that cannot stop."""
        if screen.can(Feature.STOP) or not screen.can(Feature.PAUSE):
            await self._call(screen, "media_stop")
        else:
            await self._call(screen, "media_pause")

    async def obey(self, screen: Screen, command: Command) -> None:
        """Do what a command asks; raises ``ValidationError`` for what this player cannot do."""
        match command.kind:
            case CommandKind.PLAY:
                await self._call(screen, "media_play")
            case CommandKind.PAUSE:
                self._require(screen, Feature.PAUSE, "pause")
                await self._call(screen, "media_pause")
            case CommandKind.SEEK:
                self._require(screen, Feature.SEEK, "seek")
                await self.seek(screen, command.position_ms or 0)
            case CommandKind.SET_VOLUME:
                self._require(screen, Feature.VOLUME_SET, "set its volume")
                await self._call(screen, "volume_set", {"volume_level": command.volume})
            case CommandKind.STOP:
                await self.stop(screen)
            case _:
                raise ValidationError(f"{screen.name} cannot do that.")

    @staticmethod
    def _require(screen: Screen, feature: Feature, what: str) -> None:
        if not screen.can(feature):
            raise ValidationError(f"{screen.name} cannot {what}.")

    async def _call(self, screen: Screen, service: str, data: dict[str, Any] | None = None) -> None:
        try:
            await self._core.call_service("media_player", service, data, target={"entity_id": screen.entity_id})
        except HomeAssistantRefusedError as error:
            raise _refused(screen, error) from error
        except HomeAssistantUnavailableError as error:
            raise UnavailableError(error.message) from error


def _refused(screen: Screen, error: HomeAssistantRefusedError) -> UnavailableError:
    return UnavailableError(f"{screen.name} did not do it. {error.message}", reason=error.reason)
