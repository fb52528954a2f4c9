"""Asking something of a player, with every refusal as an error Home Assistant shows in the user's language."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from . import documents
from .client import FoyerError, InvalidAuthError, RefusedError, UnsupportedError
from .const import DOMAIN
from .coordinator import FoyerCoordinator
from .models import Session


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what Foyer answers into what Home Assistant raises."""
    try:
        yield
    except RefusedError as error:
        raise ServiceValidationError(
            str(error),
            translation_domain=DOMAIN,
            translation_key="refused",
            translation_placeholders={"message": str(error)},
        ) from error
    except UnsupportedError as error:
        raise failure("unsupported") from error
    except InvalidAuthError as error:
        raise failure("not_allowed") from error
    except FoyerError as error:
        raise failure("unreachable", message=str(error)) from error


def failure(key: str, **facts: str) -> HomeAssistantError:
    """Something could not be done, through no fault of the input."""
    return HomeAssistantError(
        key.replace("_", " "), translation_domain=DOMAIN, translation_key=key, translation_placeholders=facts
    )


def wrong(key: str, **facts: str) -> ServiceValidationError:
    """The input asks for something that cannot be."""
    return ServiceValidationError(
        key.replace("_", " "), translation_domain=DOMAIN, translation_key=key, translation_placeholders=facts
    )


def require_session(session: Session | None) -> Session:
    """The session of a player; raises when it plays nothing."""
    if session is None:
        raise wrong("nothing_plays")
    return session


async def send(
    coordinator: FoyerCoordinator,
    session: Session,
    kind: str,
    *,
    position: float | None = None,
    text: str | None = None,
    item: str | None = None,
    volume: float | None = None,
) -> None:
    """Send a remote command to the player of a session; ``position`` in seconds, ``volume`` from 0 to 1."""
    with refusals():
        await coordinator.client.mutate(
            documents.SEND_COMMAND,
            session=session.id,
            kind=kind,
            positionSeconds=position,
            text=text,
            itemId=item,
            volume=volume,
        )
