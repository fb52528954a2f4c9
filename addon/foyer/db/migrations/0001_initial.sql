-- Instants are integers of microseconds since the Unix epoch (UTC). JSON columns are text.

CREATE TABLE library (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    scanned_at BIGINT
);
CREATE TABLE library_folder (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    library_id INTEGER NOT NULL REFERENCES library(id) ON DELETE CASCADE,
    path BLOB NOT NULL UNIQUE,
    available INTEGER NOT NULL DEFAULT 1,
    problem TEXT,
    device INTEGER
);
CREATE INDEX library_folder_library ON library_folder(library_id);

CREATE TABLE item (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    library_id INTEGER NOT NULL REFERENCES library(id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    parent_id INTEGER REFERENCES item(id) ON DELETE CASCADE,
    series_id INTEGER REFERENCES item(id) ON DELETE CASCADE,
    identity TEXT NOT NULL,
    title TEXT NOT NULL,
    sort_title TEXT NOT NULL,
    original_title TEXT,
    year INTEGER,
    premiered TEXT,
    tagline TEXT,
    overview TEXT,
    season_number INTEGER,
    number INTEGER,
    last_number INTEGER,
    absolute_number INTEGER,
    duration_ms INTEGER,
    height INTEGER,
    hdr TEXT,
    community_rating REAL,
    content_rating TEXT,
    locked_fields TEXT NOT NULL DEFAULT '[]',
    added_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (library_id, kind, identity)
);
CREATE INDEX item_by_title ON item(kind, sort_title, id);
CREATE INDEX item_by_library_title ON item(library_id, kind, sort_title, id);
CREATE INDEX item_by_library_added ON item(library_id, kind, added_at, id);
CREATE INDEX item_by_added ON item(kind, added_at, id);
CREATE INDEX item_by_year ON item(kind, year, id);
CREATE INDEX item_by_premiered ON item(kind, premiered, id);
CREATE INDEX item_by_parent ON item(parent_id, season_number, number, id);
CREATE INDEX item_by_series ON item(series_id, kind, season_number, number, id);

CREATE TABLE external_id (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    item_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
    provider TEXT NOT NULL,
    value TEXT NOT NULL,
    UNIQUE (item_id, provider)
);
CREATE INDEX external_id_value ON external_id(provider, value);

CREATE TABLE media_file (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    library_id INTEGER NOT NULL REFERENCES library(id) ON DELETE CASCADE,
    folder_id INTEGER NOT NULL REFERENCES library_folder(id) ON DELETE CASCADE,
    path BLOB NOT NULL UNIQUE,
    size BIGINT NOT NULL,
    mtime_ns BIGINT NOT NULL,
    content_hash BLOB,
    state TEXT NOT NULL,
    problem TEXT,
    missing_since BIGINT,
    container TEXT,
    duration_ms INTEGER,
    start_us INTEGER NOT NULL DEFAULT 0,
    bit_rate INTEGER,
    tags TEXT NOT NULL DEFAULT '{}',
    added_at BIGINT NOT NULL,
    probed_at BIGINT,
    scan_mark INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX media_file_library ON media_file(library_id, state);
CREATE INDEX media_file_folder ON media_file(folder_id, scan_mark);
CREATE INDEX media_file_content ON media_file(size, content_hash);

CREATE TABLE item_file (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    item_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
    file_id INTEGER NOT NULL REFERENCES media_file(id) ON DELETE CASCADE,
    part INTEGER,
    edition TEXT,
    version TEXT,
    extra TEXT,
    UNIQUE (item_id, file_id)
);
CREATE INDEX item_file_file ON item_file(file_id);

CREATE TABLE media_stream (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    file_id INTEGER NOT NULL REFERENCES media_file(id) ON DELETE CASCADE,
    stream_index INTEGER NOT NULL,
    kind TEXT NOT NULL,
    codec TEXT NOT NULL,
    codec_string TEXT,
    profile TEXT,
    level INTEGER,
    bit_rate INTEGER,
    time_base_num INTEGER NOT NULL DEFAULT 1,
    time_base_den INTEGER NOT NULL DEFAULT 1,
    start_pts BIGINT,
    duration_ticks BIGINT,
    frame_count INTEGER,
    language TEXT,
    title TEXT,
    is_default INTEGER NOT NULL DEFAULT 0,
    is_forced INTEGER NOT NULL DEFAULT 0,
    is_hearing_impaired INTEGER NOT NULL DEFAULT 0,
    is_visual_impaired INTEGER NOT NULL DEFAULT 0,
    is_commentary INTEGER NOT NULL DEFAULT 0,
    is_attached_picture INTEGER NOT NULL DEFAULT 0,
    width INTEGER,
    height INTEGER,
    pixel_format TEXT,
    bit_depth INTEGER,
    sar_num INTEGER,
    sar_den INTEGER,
    frame_rate_num INTEGER,
    frame_rate_den INTEGER,
    is_interlaced INTEGER NOT NULL DEFAULT 0,
    rotation INTEGER NOT NULL DEFAULT 0,
    hdr TEXT,
    color_primaries TEXT,
    color_transfer TEXT,
    color_space TEXT,
    channels INTEGER,
    channel_layout TEXT,
    sample_rate INTEGER,
    UNIQUE (file_id, stream_index)
);

-- Text subtitles of a file, embedded or beside it, with their cues once extracted.
CREATE TABLE subtitle (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    file_id INTEGER NOT NULL REFERENCES media_file(id) ON DELETE CASCADE,
    stream_index INTEGER,
    path BLOB,
    mtime_ns BIGINT,
    codec TEXT NOT NULL,
    is_text INTEGER NOT NULL DEFAULT 1,
    language TEXT,
    title TEXT,
    is_default INTEGER NOT NULL DEFAULT 0,
    is_forced INTEGER NOT NULL DEFAULT 0,
    is_hearing_impaired INTEGER NOT NULL DEFAULT 0,
    cues BLOB
);
CREATE INDEX subtitle_file ON subtitle(file_id);

CREATE TABLE chapter (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    file_id INTEGER NOT NULL REFERENCES media_file(id) ON DELETE CASCADE,
    start_us BIGINT NOT NULL,
    end_us BIGINT NOT NULL,
    title TEXT
);
CREATE INDEX chapter_file ON chapter(file_id, start_us);

-- The boundary index of a file (foyer.media.index), made once for each content version.
CREATE TABLE boundary_index (
    file_id INTEGER PRIMARY KEY REFERENCES media_file(id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    data BLOB NOT NULL
);

-- Pictures of an item: found beside it, embedded, or made from a frame; bytes live in the data folder under their hash.
CREATE TABLE artwork (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    item_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    width INTEGER,
    height INTEGER,
    color TEXT,
    UNIQUE (item_id, kind, source)
);
CREATE TABLE trickplay (
    file_id INTEGER PRIMARY KEY REFERENCES media_file(id) ON DELETE CASCADE,
    interval_ms INTEGER NOT NULL,
    tile_width INTEGER NOT NULL,
    tile_height INTEGER NOT NULL,
    columns INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    count INTEGER NOT NULL
);

CREATE TABLE person (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE);
CREATE TABLE credit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    item_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
    person_id INTEGER NOT NULL REFERENCES person(id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    character TEXT,
    position INTEGER NOT NULL DEFAULT 0,
    UNIQUE (item_id, person_id, role)
);
CREATE INDEX credit_person ON credit(person_id);
-- Genres, tags, studios, categories and collections: names an item carries.
CREATE TABLE label (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    name TEXT NOT NULL COLLATE NOCASE,
    UNIQUE (kind, name)
);
CREATE TABLE item_label (
    item_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
    label_id INTEGER NOT NULL REFERENCES label(id) ON DELETE CASCADE,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    UNIQUE (item_id, label_id)
);
CREATE INDEX item_label_label ON item_label(label_id, item_id);
-- Artists of a music video; an artist is an item itself.
CREATE TABLE item_artist (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    item_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
    artist_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
    position INTEGER NOT NULL DEFAULT 0,
    UNIQUE (item_id, artist_id)
);
CREATE INDEX item_artist_artist ON item_artist(artist_id, item_id);

CREATE TABLE user (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    display_name TEXT NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT,
    home_assistant_id TEXT UNIQUE,
    all_libraries INTEGER NOT NULL DEFAULT 1,
    disabled INTEGER NOT NULL DEFAULT 0,
    preferences TEXT NOT NULL DEFAULT '{}',
    version INTEGER NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT
);
CREATE TABLE user_library (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,
    library_id INTEGER NOT NULL REFERENCES library(id) ON DELETE CASCADE,
    UNIQUE (user_id, library_id)
);
CREATE TABLE login_session (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,
    refresh_hash BLOB NOT NULL UNIQUE,
    previous_hash BLOB,
    device TEXT NOT NULL,
    address TEXT,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX login_session_user ON login_session(user_id);
CREATE TABLE api_key (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    secret_hash BLOB NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    expires_at BIGINT
);
CREATE INDEX api_key_user ON api_key(user_id);
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at BIGINT NOT NULL,
    user_id INTEGER REFERENCES user(id) ON DELETE SET NULL,
    action TEXT NOT NULL,
    subject TEXT,
    address TEXT,
    details TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_at ON audit(at);

CREATE TABLE play_state (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,
    item_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
    position_ms INTEGER NOT NULL DEFAULT 0,
    watched INTEGER NOT NULL DEFAULT 0,
    play_count INTEGER NOT NULL DEFAULT 0,
    favourite INTEGER NOT NULL DEFAULT 0,
    rating INTEGER,
    last_played_at BIGINT,
    updated_at BIGINT NOT NULL,
    UNIQUE (user_id, item_id)
);
CREATE INDEX play_state_item ON play_state(item_id);
CREATE INDEX play_state_recent ON play_state(user_id, last_played_at);
CREATE TABLE playback_session (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,
    item_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
    file_id INTEGER REFERENCES media_file(id) ON DELETE SET NULL,
    method TEXT NOT NULL,
    reasons TEXT NOT NULL DEFAULT '[]',
    state TEXT NOT NULL,
    position_ms INTEGER NOT NULL DEFAULT 0,
    client TEXT NOT NULL,
    device TEXT NOT NULL,
    address TEXT,
    started_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX playback_session_open ON playback_session(ended_at, updated_at);
CREATE INDEX playback_session_user ON playback_session(user_id, started_at);

CREATE TABLE job (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    lane TEXT NOT NULL,
    state TEXT NOT NULL,
    priority INTEGER NOT NULL DEFAULT 0,
    payload TEXT NOT NULL DEFAULT '{}',
    checkpoint TEXT,
    subject TEXT,
    dedupe_key TEXT,
    parent_id INTEGER REFERENCES job(id) ON DELETE CASCADE,
    user_id INTEGER REFERENCES user(id) ON DELETE SET NULL,
    done REAL NOT NULL DEFAULT 0,
    total REAL,
    unit TEXT NOT NULL DEFAULT '',
    message TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    max_attempts INTEGER NOT NULL DEFAULT 1,
    fence INTEGER NOT NULL DEFAULT 0,
    lease_until BIGINT,
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    error_code TEXT,
    error_message TEXT,
    run_after BIGINT,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT
);
CREATE INDEX job_ready ON job(state, lane, priority, id);
CREATE INDEX job_subject ON job(subject, id);
CREATE INDEX job_parent ON job(parent_id);
CREATE UNIQUE INDEX job_dedupe ON job(dedupe_key) WHERE state IN ('queued', 'running', 'stopping');
CREATE TABLE job_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id INTEGER NOT NULL REFERENCES job(id) ON DELETE CASCADE,
    at BIGINT NOT NULL,
    level TEXT NOT NULL,
    message TEXT NOT NULL
);
CREATE INDEX job_log_job ON job_log(job_id, id);

-- The journal: every state change a subscriber may have missed, by increasing sequence number.
CREATE TABLE event (
    seq INTEGER PRIMARY KEY,
    topic TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX event_topic ON event(topic, seq);

CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL, updated_at BIGINT NOT NULL);
