-- Uploads, from the asking until a day after the last byte. The bytes are in a hidden file beside where the whole file
-- will be; the length of that file is the truth, and `received` follows it.
CREATE TABLE upload (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER REFERENCES user(id) ON DELETE SET NULL,
    library_id INTEGER REFERENCES library(id) ON DELETE SET NULL,
    folder_id INTEGER REFERENCES library_folder(id) ON DELETE SET NULL,
    root BLOB NOT NULL,
    directory BLOB NOT NULL,
    name BLOB NOT NULL,
    part BLOB NOT NULL UNIQUE,
    size BIGINT NOT NULL,
    received BIGINT NOT NULL DEFAULT 0,
    unverified_from BIGINT,
    made_directories INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL,
    problem TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX upload_user ON upload(user_id, state, id);
CREATE INDEX upload_expiry ON upload(expires_at);
CREATE INDEX upload_library ON upload(library_id);
CREATE INDEX upload_folder ON upload(folder_id);
CREATE UNIQUE INDEX upload_target ON upload(root, directory, name) WHERE state = 'receiving';
