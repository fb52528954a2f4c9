"""The domain's enums as the schema shows them. Every module that uses one in a type takes it from here."""

from __future__ import annotations

from foyer.accounts.roles import Permission, Role, Scope
from foyer.api.health import HealthState
from foyer.api.schema.enums import expose
from foyer.homeassistant.screens.model import ScreenState
from foyer.jobs.model import JobState, Lane
from foyer.library.files import FileState
from foyer.library.filters import ItemKind
from foyer.library.kinds import LibraryKind
from foyer.library.statistics import DuplicateReason
from foyer.media.info import HdrKind
from foyer.playback.commands import CommandKind
from foyer.playback.reasons import PlayMethod, ReasonCode
from foyer.playback.sessions import PlaybackState
from foyer.settings.registry import SettingKind

__all__ = [
    "CommandKind",
    "DuplicateReason",
    "FileState",
    "HdrKind",
    "HealthState",
    "ItemKind",
    "JobState",
    "Lane",
    "LibraryKind",
    "Permission",
    "PlayMethod",
    "PlaybackState",
    "ReasonCode",
    "Role",
    "Scope",
    "ScreenState",
    "SettingKind",
]

expose(
    Role,
    "What a person is in this house, from least to most.",
    {
        Role.VIEWER: "Watches; nothing is remembered that they could change.",
        Role.USER: "Watches, with progress, favourites and ratings of their own.",
        Role.ADVANCED: "A user who is offered more.",
        Role.EDITOR: "Also edits what is said about items.",
        Role.MANAGER: "Also manages libraries and jobs, and sees and controls sessions.",
        Role.ADMIN: "May do everything.",
    },
)
expose(
    Permission,
    "One thing somebody may do.",
    {
        Permission.PLAY: "Play.",
        Permission.SEARCH: "Browse and search.",
        Permission.MANAGE_OWN_STATE: "Keep watched marks, favourites and ratings.",
        Permission.MANAGE_LIBRARIES: "Add, change, scan and remove libraries.",
        Permission.MANAGE_METADATA: "Edit what is said about items.",
        Permission.MANAGE_USERS: "Add, change and remove users.",
        Permission.MANAGE_JOBS: "See, stop and repeat everybody's jobs.",
        Permission.MANAGE_SETTINGS: "See and change settings.",
        Permission.VIEW_SESSIONS: "See who watches what.",
        Permission.CONTROL_SESSIONS: "Control other people's players.",
        Permission.VIEW_SYSTEM: "See health and metrics.",
    },
)
expose(
    Scope,
    "What an API key may use of its owner's permissions.",
    {
        Scope.READ: "Browse, search, and look at sessions and health.",
        Scope.PLAY: "Play, keep state, control sessions.",
        Scope.WRITE: "Manage libraries, metadata and jobs.",
        Scope.ADMIN: "Manage users and settings.",
    },
)
expose(
    JobState,
    "Where a job is in its life.",
    {
        JobState.QUEUED: "It waits for its turn, or for the time of its next try.",
        JobState.RUNNING: "It works.",
        JobState.STOPPING: "It was cancelled but still runs, until its next step.",
        JobState.SUCCEEDED: "It is done.",
        JobState.FAILED: "It gave up; `error` says why.",
        JobState.CANCELLED: "It was stopped on request.",
    },
)
expose(
    Lane,
    "What a job is limited by; each lane runs a fixed number of jobs at once.",
    {Lane.IO: "Disks and networks.", Lane.CPU: "The processor.", Lane.GPU: "Graphics cards."},
    name="JobLane",
)
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
expose(
    HealthState,
    "How a part is.",
    {
        HealthState.OK: "It works.",
        HealthState.DEGRADED: "It works in part; the message says what is missing.",
        HealthState.DOWN: "It does not work.",
        HealthState.ABSENT: "It is optional and not there.",
    },
)
expose(
    FileState,
    "Whether a file can be played.",
    {
        FileState.OK: "It was read and can be played.",
        FileState.BROKEN: "It is there but could not be read; `problem` says why.",
        FileState.MISSING: "It was there before; its disk may not be connected.",
    },
)
expose(
    HdrKind,
    "The dynamic range of a picture.",
    {
        HdrKind.SDR: "Standard dynamic range.",
        HdrKind.HDR10: "HDR10: PQ with static metadata.",
        HdrKind.HDR10_PLUS: "HDR10+: PQ with dynamic metadata.",
        HdrKind.HLG: "Hybrid log-gamma.",
        HdrKind.DOLBY_VISION: "Dolby Vision.",
    },
)
expose(
    ItemKind,
    "What an item is.",
    {
        ItemKind.MOVIE: "A film.",
        ItemKind.SERIES: "A series of episodes.",
        ItemKind.SEASON: "A season of a series; number 0 holds specials.",
        ItemKind.EPISODE: "An episode of a series.",
        ItemKind.MUSIC_VIDEO: "A music video.",
        ItemKind.ARTIST: "An artist with music videos.",
        ItemKind.HOME_VIDEO: "A video of one's own.",
    },
)
expose(
    LibraryKind,
    "What a library holds; it decides how names are read.",
    {
        LibraryKind.MOVIES: "Films.",
        LibraryKind.SERIES: "Series with seasons and episodes.",
        LibraryKind.MUSIC_VIDEOS: "Music videos.",
        LibraryKind.HOME_VIDEOS: "Videos of one's own.",
        LibraryKind.MUSIC: "Music; not scanned by this version.",
        LibraryKind.PHOTOS: "Photos; not scanned by this version.",
        LibraryKind.DOCUMENTS: "Documents; not scanned by this version.",
    },
)
expose(
    DuplicateReason,
    "Why files are shown together.",
    {
        DuplicateReason.CONTENT: "They have the same content.",
        DuplicateReason.VERSIONS: "They are one item in several qualities.",
    },
)
expose(
    PlayMethod,
    "How a file reaches the player.",
    {
        PlayMethod.DIRECT_PLAY: "As it is.",
        PlayMethod.REMUX: "Repackaged, without any encoder.",
        PlayMethod.TRANSCODE: "Encoded anew, picture or sound or both.",
    },
)
expose(
    ReasonCode,
    "What stood in the way of a better method.",
    {
        ReasonCode.CONTAINER_NOT_SUPPORTED: "The player does not open this kind of file.",
        ReasonCode.VIDEO_CODEC_NOT_SUPPORTED: "The player does not decode this video codec.",
        ReasonCode.VIDEO_PROFILE_NOT_SUPPORTED: "The player does not decode this profile of the codec.",
        ReasonCode.VIDEO_LEVEL_NOT_SUPPORTED: "The video's level is above the player's.",
        ReasonCode.VIDEO_BIT_DEPTH_NOT_SUPPORTED: "The player does not decode this many bits for a colour.",
        ReasonCode.VIDEO_RANGE_NOT_SUPPORTED: "The player does not show this dynamic range.",
        ReasonCode.VIDEO_RESOLUTION_NOT_SUPPORTED: "The picture is larger than the player decodes.",
        ReasonCode.VIDEO_FRAME_RATE_NOT_SUPPORTED: "More frames a second than the player decodes.",
        ReasonCode.VIDEO_INTERLACED_NOT_SUPPORTED: "The player does not show interlaced video well.",
        ReasonCode.VIDEO_BIT_RATE_TOO_HIGH: "More bits a second than reach the player.",
        ReasonCode.VIDEO_KEYFRAMES_TOO_FAR_APART: "Keyframes are too far apart to stream it as it is.",
        ReasonCode.AUDIO_CODEC_NOT_SUPPORTED: "The player does not decode this audio codec.",
        ReasonCode.AUDIO_CHANNELS_NOT_SUPPORTED: "More channels than the player decodes.",
        ReasonCode.AUDIO_TRACK_NOT_DEFAULT: "The player would play another track of the file.",
        ReasonCode.AUDIO_BIT_RATE_TOO_HIGH: "More bits a second of sound than reach the player.",
        ReasonCode.SUBTITLE_BURN_IN: "The chosen subtitles are pictures and must be drawn in.",
        ReasonCode.REQUESTED_BY_CLIENT: "The viewer asked for it.",
        ReasonCode.NOT_SEEKABLE: "The file has no index of keyframes.",
        ReasonCode.MULTIPLE_PARTS: "The film lies in several files.",
    },
    name="DecisionReason",
)
expose(
    PlaybackState,
    "What a player is doing.",
    {
        PlaybackState.PLAYING: "It plays.",
        PlaybackState.PAUSED: "It is paused.",
        PlaybackState.BUFFERING: "It waits for data.",
        PlaybackState.STOPPED: "It has ended.",
    },
)
expose(
    CommandKind,
    "What can be asked of a player from afar.",
    {
        CommandKind.PLAY: "Go on.",
        CommandKind.PAUSE: "Pause.",
        CommandKind.SEEK: "Go to `positionSeconds`.",
        CommandKind.STOP: "Stop; the server ends the session whatever the player does.",
        CommandKind.MESSAGE: "Show `text` on the screen.",
        CommandKind.PLAY_ITEM: "Play `itemId` instead, from `positionSeconds` or where its viewer left off.",
        CommandKind.NEXT: "Play what comes after.",
        CommandKind.PREVIOUS: "Start over, or near the beginning play what comes before.",
        CommandKind.SET_VOLUME: "Make it as loud as `volume` says.",
    },
    name="RemoteCommandKind",
)
expose(
    ScreenState,
    "What a screen of Home Assistant is doing.",
    {
        ScreenState.OFF: "It is off or asleep; most wake up when something is played on them.",
        ScreenState.IDLE: "It is on and plays nothing.",
        ScreenState.PLAYING: "It plays.",
        ScreenState.PAUSED: "It is paused.",
        ScreenState.BUFFERING: "It waits for data.",
        ScreenState.UNAVAILABLE: "Home Assistant cannot reach it.",
    },
)
