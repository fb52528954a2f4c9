-- Sessions on screens of Home Assistant: what finds them again after a restart.
CREATE TABLE screen_session (
    session_id INTEGER PRIMARY KEY REFERENCES playback_session(id) ON DELETE CASCADE,
    entity_id TEXT NOT NULL,
    token TEXT NOT NULL,
    content_id TEXT
);
