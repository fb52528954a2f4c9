"""The GraphQL this integration sends; a test holds every document against the server's schema."""

from __future__ import annotations

from typing import Final

_ITEM: Final = """
fragment ItemLine on Item {
  __typename
  id
  kind
  title
  year
  durationSeconds
  library { id name }
  poster { url(width: 480) }
  thumb { url(width: 640) }
  userState { positionSeconds progress watched }
  ... on Episode { seasonNumber number series { id title poster { url(width: 480) } } }
  ... on MusicVideo { artists { id title } }
}
"""
_SESSION: Final = (
    """
fragment SessionLine on PlaybackSession {
  id
  state
  method
  positionSeconds
  durationSeconds
  startedAt
  updatedAt
  client
  device
  screenId
  user { id name displayName }
  item { ...ItemLine }
}
"""
    + _ITEM
)
_LIBRARY: Final = """
fragment LibraryLine on Library { id name kind state itemCount folders { path available problem } }
"""
_PROBLEM: Final = """
fragment Problem on UserError { __typename code message ... on ValidationFailed { fields { field message } } }
"""

SERVER: Final = """
query Server { server { id name version apiVersion viewer { id name permissions } } }
"""

KEYS: Final = """
query Keys { apiKeys(first: 100) { nodes { prefix expiresAt } } }
"""

OVERVIEW: Final = (
    """
query Overview {
  playbackSessions(first: 100) { nodes { ...SessionLine } }
  libraries(first: 100) { nodes { ...LibraryLine } }
}
"""
    + _SESSION
    + _LIBRARY
)

HEALTH: Final = """
query Health { health { state uptimeSeconds ffmpegVersion checks { name state message } } }
"""

PLAYBACK_EVENTS: Final = (
    """
subscription PlaybackEvents($after: EventCursor) {
  playbackEvents(after: $after) { cursor kind itemId session { ...SessionLine } }
}
"""
    + _SESSION
)

LIBRARY_EVENTS: Final = (
    """
subscription LibraryEvents($after: EventCursor) {
  libraryEvents(after: $after) { cursor kind itemId library { ...LibraryLine } item { ...ItemLine } }
}
"""
    + _ITEM
    + _LIBRARY
)

SCREEN_EVENTS: Final = """
subscription ScreenEvents { screenEvents { cursor kind screenId screen { entityId } } }
"""

ITEM: Final = (
    """
query OneItem($id: ID!) {
  item(id: $id) {
    ...ItemLine
    overview
    ... on Series { nextUp { ...ItemLine } seasons(first: 100) { nodes { ...ItemLine } } }
    ... on Season { series { id title } episodes(first: 100) { nodes { ...ItemLine } } }
    ... on Artist { videos(first: 100) { nodes { ...ItemLine } } }
  }
}
"""
    + _ITEM
)

LIBRARY_ITEMS: Final = (
    """
query LibraryItems($id: ID!, $first: Int!, $after: String) {
  library(id: $id) {
    ...LibraryLine
    items(first: $first, after: $after) { nodes { ...ItemLine } pageInfo { hasNextPage endCursor } }
  }
}
"""
    + _ITEM
    + _LIBRARY
)

CONTINUE_WATCHING: Final = (
    "query Continue($first: Int!) { list: continueWatching(first: $first) { nodes { ...ItemLine } } }" + _ITEM
)
NEXT_UP: Final = "query NextUp($first: Int!) { list: nextUp(first: $first) { nodes { ...ItemLine } } }" + _ITEM
LATEST: Final = "query Latest($first: Int!) { list: latest(first: $first) { nodes { ...ItemLine } } }" + _ITEM

SEARCH: Final = (
    """
query Search($text: String!, $kinds: [ItemKind!], $first: Int!) {
  search(text: $text, kinds: $kinds) { items(first: $first) { nodes { ...ItemLine } } }
}
"""
    + _ITEM
)

PLAYBACK_INFO: Final = """
query PlaybackInfo($input: PlaybackInfoInput!) {
  playbackInfo(input: $input) {
    durationSeconds
    candidates { method url mimeType }
    rejected { reasons { message } }
  }
}
"""

SEND_COMMAND: Final = (
    """
mutation SendCommand($input: SendCommandInput!) {
  result: sendCommand(input: $input) { __typename ... on SendCommandPayload { session { id state } } ...Problem }
}
"""
    + _PROBLEM
)

SCAN_LIBRARY: Final = (
    """
mutation ScanLibrary($input: ScanLibraryInput!) {
  result: scanLibrary(input: $input) { __typename ... on ScanLibraryPayload { job { id } } ...Problem }
}
"""
    + _PROBLEM
)

SET_WATCHED: Final = (
    """
mutation SetWatched($input: SetWatchedInput!) {
  result: setWatched(input: $input) { __typename ... on SetWatchedPayload { item { id title } } ...Problem }
}
"""
    + _PROBLEM
)

PLAY_ON: Final = (
    """
mutation PlayOn($input: PlayOnInput!) {
  result: playOn(input: $input) { __typename ... on PlayOnPayload { session { id } notice } ...Problem }
}
"""
    + _PROBLEM
)

TRANSFER: Final = (
    """
mutation Transfer($input: TransferPlaybackInput!) {
  result: transferPlayback(input: $input) {
    __typename
    ... on TransferPlaybackPayload { positionSeconds notice session { id } }
    ...Problem
  }
}
"""
    + _PROBLEM
)

REFRESH_METADATA: Final = (
    """
mutation RefreshMetadata($input: RefreshMetadataInput!) {
  result: refreshMetadata(input: $input) { __typename ... on RefreshMetadataPayload { job { id } } ...Problem }
}
"""
    + _PROBLEM
)

SET_BACKGROUND_WORK: Final = (
    """
mutation SetBackgroundWork($input: SetBackgroundWorkInput!) {
  result: setBackgroundWork(input: $input) {
    __typename
    ... on SetBackgroundWorkPayload { backgroundWork }
    ...Problem
  }
}
"""
    + _PROBLEM
)
