"""Users and jobs in the shapes the contract names."""

from __future__ import annotations

from tests.web.demo import NOW, Row, connection

PERMISSIONS = [
    *("PLAY", "SEARCH", "MANAGE_OWN_STATE", "MANAGE_LIBRARIES", "MANAGE_METADATA", "MANAGE_USERS", "MANAGE_JOBS"),
    *("MANAGE_SETTINGS", "VIEW_SESSIONS", "CONTROL_SESSIONS", "VIEW_SYSTEM"),
]


def user(name: str, role: str, **changes: object) -> Row:
    return {
        "__typename": "User",
        "id": f"user-{name}",
        "name": name,
        "displayName": name.title(),
        "role": role,
        "permissions": PERMISSIONS,
        "disabled": False,
        "homeAssistant": False,
        "createdAt": NOW,
        "lastSeenAt": NOW,
        "allLibraries": True,
        "libraries": [],
        "version": 1,
        **changes,
    }


def screen(name: str, area: str | None, screen_state: str, **changes: object) -> Row:
    return {
        "__typename": "Screen",
        "id": f"screen-{name}",
        "entityId": f"media_player.{name}",
        "name": name.replace("_", " ").capitalize(),
        "area": area,
        "state": screen_state,
        "canPause": True,
        "canSeek": True,
        "canSetVolume": True,
        "volume": 0.4,
        "session": None,
        **changes,
    }


def job(name: str, job_state: str, **changes: object) -> Row:
    progress = {
        "done": 1240.0,
        "total": 4000.0,
        "unit": "files",
        "fraction": 0.31,
        "etaSeconds": 95.0,
        "rateText": "42/s",
        "message": None,
    }
    lines = [
        {"at": NOW, "level": "INFO", "message": "Looking at /media/films"},
        {"at": NOW, "level": "WARNING", "message": "Cut Off.mkv ends early"},
    ]
    return {
        "__typename": "Job",
        "id": f"job-{name}",
        "kind": "library.scan",
        "title": f"Scan {name}",
        "state": job_state,
        "lane": "IO",
        "priority": 5,
        "progress": progress,
        "attempts": 1,
        "maxAttempts": 3,
        "createdAt": NOW,
        "startedAt": NOW,
        "finishedAt": None,
        "error": None,
        "log": connection(lines),
        **changes,
    }
