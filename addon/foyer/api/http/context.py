"""What is known about a request before anything is done for it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from foyer.accounts.identity import HomeAssistantUser
from foyer.accounts.principal import Principal
from foyer.accounts.service import Accounts
from foyer.api.http.listener import ListenerKind
from foyer.errors import RateLimitedError, UnauthenticatedError


@dataclass(slots=True, kw_only=True)
class RequestContext:
    """One request or WebSocket: which door it came through, from where, and who asks."""

    request_id: str
    listener: ListenerKind
    address: str
    """The peer's address: the client's own on the public listener, the Supervisor's on the ingress listener."""
    base_path: str
    """What the outside puts before every path: the ingress prefix, or nothing."""
    accounts: Accounts
    bearer: str | None = None
    home_assistant_user: HomeAssistantUser | None = None
    """Who Home Assistant says it is; only ever set on the ingress listener."""
    on_behalf_of: str | None = None
    """The user of Home Assistant for whom its integration asks; worth nothing without the integration's key."""
    guessed: bool = False
    _principal: Principal | None = None

    @property
    def is_ingress(self) -> bool:
        """Whether the request came through Home Assistant."""
        return self.listener is ListenerKind.INGRESS

    async def principal(self) -> Principal:
        """Who asks. Raises ``UnauthenticatedError`` without valid credentials, ``ForbiddenError`` for a closed account.

        Asked anew each time, so that a long WebSocket ends with the account it was opened with; the answer is cached
        where it is cheap and exact (``foyer.accounts.directory``).
        """
        if self.bearer is not None:
            return await self.accounts.authenticate(self.bearer, address=self.address, on_behalf_of=self.on_behalf_of)
        if self.home_assistant_user is not None:
            return await self.accounts.ingress_principal(self.home_assistant_user, address=self.address)
        raise UnauthenticatedError("Sign in first.")

    async def principal_or_none(self) -> Principal | None:
        """Who asks, or ``None`` for somebody unknown."""
        with contextlib.suppress(UnauthenticatedError):
            return await self.principal()
        return None

    def guess_once(self) -> None:
        """Call before checking a password, setup token or other guessable secret.

        Raises ``RateLimitedError`` the second time in one request, however often it is aliased or batched; a
        WebSocket counts as one request for all its operations.
        """
        if self.guessed:
            raise RateLimitedError("Only one sign-in can be tried in a request.", retry_after=0.0)
        self.guessed = True


def context_of(scope: Mapping[str, Any]) -> RequestContext:
    """The context the front attached to an ASGI scope."""
    return cast("RequestContext", scope["state"]["context"])
