"""Roles are made of permissions; scopes narrow what a key of a user may use of them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Permission(StrEnum):
    """One thing somebody may do."""

    PLAY = "play"
    SEARCH = "search"
    MANAGE_OWN_STATE = "manage_own_state"
    MANAGE_LIBRARIES = "manage_libraries"
    MANAGE_METADATA = "manage_metadata"
    MANAGE_USERS = "manage_users"
    MANAGE_JOBS = "manage_jobs"
    MANAGE_SETTINGS = "manage_settings"
    VIEW_SESSIONS = "view_sessions"
    CONTROL_SESSIONS = "control_sessions"
    VIEW_SYSTEM = "view_system"


class Role(StrEnum):
    """What a person is in this house, from least to most."""

    VIEWER = "viewer"
    USER = "user"
    ADVANCED = "advanced"
    EDITOR = "editor"
    MANAGER = "manager"
    ADMIN = "admin"


_VIEWER = frozenset({Permission.PLAY, Permission.SEARCH})
_USER = _VIEWER | {Permission.MANAGE_OWN_STATE}
_EDITOR = _USER | {Permission.MANAGE_METADATA}
_MANAGER = _EDITOR | {
    Permission.MANAGE_LIBRARIES,
    Permission.MANAGE_JOBS,
    Permission.VIEW_SESSIONS,
    Permission.CONTROL_SESSIONS,
    Permission.VIEW_SYSTEM,
}

PERMISSIONS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.VIEWER: _VIEWER,
        Role.USER: _USER,
        Role.ADVANCED: _USER,
        Role.EDITOR: _EDITOR,
        Role.MANAGER: _MANAGER,
        Role.ADMIN: frozenset(Permission),
    }
)


class Scope(StrEnum):
    """What an API key may use of its user's permissions."""

    READ = "read"
    PLAY = "play"
    WRITE = "write"
    ADMIN = "admin"


SCOPED: Mapping[Scope, frozenset[Permission]] = MappingProxyType(
    {
        Scope.READ: frozenset({Permission.SEARCH, Permission.VIEW_SYSTEM, Permission.VIEW_SESSIONS}),
        Scope.PLAY: frozenset({Permission.PLAY, Permission.MANAGE_OWN_STATE, Permission.CONTROL_SESSIONS}),
        Scope.WRITE: frozenset({Permission.MANAGE_METADATA, Permission.MANAGE_LIBRARIES, Permission.MANAGE_JOBS}),
        Scope.ADMIN: frozenset({Permission.MANAGE_USERS, Permission.MANAGE_SETTINGS}),
    }
)


def effective(role: Role, scopes: frozenset[Scope] | None) -> frozenset[Permission]:
    """What a role may do, narrowed to a key's scopes when there are any."""
    allowed = PERMISSIONS[role]
    if scopes is None:
        return allowed
    return allowed & frozenset(permission for scope in scopes for permission in SCOPED[scope])
