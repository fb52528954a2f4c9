"""The people of the test home, written into Home Assistant's own storage before its first start.

That leaves nothing to onboard: no password is hashed, no wizard is clicked, and nothing is set up that calls outside.
"""

from __future__ import annotations

import json
import secrets
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt

YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user of Home Assistant, and a long-lived access token of theirs."""

    id: str
    username: str
    name: str
    is_owner: bool
    token_id: str
    token_key: str

    @classmethod
    def new(cls, username: str, name: str, *, is_owner: bool = False) -> Person:
        """Somebody with fresh ids and keys."""
        return cls(
            id=uuid.uuid4().hex,
            username=username,
            name=name,
            is_owner=is_owner,
            token_id=uuid.uuid4().hex,
            token_key=secrets.token_hex(64),
        )

    @property
    def token(self) -> str:
        """An access token as Core makes them: signed with the key of the refresh token it names."""
        now = int(time.time())
        return jwt.encode({"iss": self.token_id, "iat": now, "exp": now + YEAR}, self.token_key, algorithm="HS256")


def seed(storage: Path, people: list[Person]) -> None:
    """Write ``auth`` and ``onboarding`` of Home Assistant's ``.storage``."""
    storage.mkdir(parents=True, exist_ok=True)
    groups = ("system-admin", "Administrators"), ("system-users", "Users"), ("system-read-only", "Read Only")
    _write(
        storage / "auth",
        "auth",
        {
            "users": [_user(person) for person in people],
            "groups": [{"id": group, "name": name} for group, name in groups],
            "credentials": [_credential(person) for person in people],
            "refresh_tokens": [_token(person) for person in people],
        },
    )
    done = ["user", "core_config", "analytics", "integration"]
    _write(storage / "onboarding", "onboarding", {"done": done}, version=4)


def seed_http(storage: Path, port: int) -> None:
    """Where Home Assistant 2026 listens: it takes the address in YAML only for a trial, and falls back to its own."""
    stable = {
        "server_port": port,
        "server_host": ["127.0.0.1"],
        "cors_allowed_origins": [],
        "login_attempts_threshold": -1,
        "ip_ban_enabled": True,
        "ssl_profile": "intermediate_v6",
        "use_x_frame_options": True,
        "created_at": "2026-01-01T00:00:00+00:00",
        "error": None,
        "error_message": None,
    }
    _write(storage / "http", "http", {"stable": stable, "pending": None, "yaml_migration_done": True}, version=3)


def _user(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "group_ids": ["system-admin" if person.is_owner else "system-users"],
        "is_owner": person.is_owner,
        "is_active": True,
        "name": person.name,
        "system_generated": False,
        "local_only": False,
    }


def _credential(person: Person) -> dict[str, Any]:
    return {
        "id": uuid.uuid5(uuid.NAMESPACE_OID, person.id).hex,
        "user_id": person.id,
        "auth_provider_type": "homeassistant",
        "auth_provider_id": None,
        "data": {"username": person.username},
    }


def _token(person: Person) -> dict[str, Any]:
    return {
        "id": person.token_id,
        "user_id": person.id,
        "client_id": None,
        "client_name": "Tests",
        "client_icon": None,
        "token_type": "long_lived_access_token",
        "created_at": "2026-01-01T00:00:00+00:00",
        "access_token_expiration": YEAR,
        "token": secrets.token_hex(64),
        "jwt_key": person.token_key,
        "last_used_at": None,
        "last_used_ip": None,
        "expire_at": None,
        "credential_id": None,
        "version": "2024.3.3",
    }


def _write(path: Path, key: str, data: dict[str, Any], *, version: int = 1) -> None:
    path.write_text(json.dumps({"version": version, "minor_version": 1, "key": key, "data": data}))
