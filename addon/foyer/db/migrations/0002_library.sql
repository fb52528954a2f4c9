-- What the library room needs beside the graph: visibility, ordering, pictures beside files, and full-text search.

-- A removed library or folder is out of sight at once; what it held is cleared away by a job.
ALTER TABLE library ADD COLUMN removed_at BIGINT;
ALTER TABLE library_folder ADD COLUMN removed_at BIGINT;

ALTER TABLE item ADD COLUMN folded_title TEXT NOT NULL DEFAULT '';
ALTER TABLE item ADD COLUMN position BIGINT NOT NULL DEFAULT 0;
ALTER TABLE item ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;
ALTER TABLE item ADD COLUMN latest_at BIGINT NOT NULL DEFAULT 0;

-- Every page is read by library and kind, so one partial index serves each order; hidden items are in none of them.
DROP INDEX item_by_title;
DROP INDEX item_by_library_title;
DROP INDEX item_by_library_added;
DROP INDEX item_by_added;
DROP INDEX item_by_year;
DROP INDEX item_by_premiered;
DROP INDEX item_by_parent;
DROP INDEX item_by_series;
CREATE INDEX item_title ON item(library_id, kind, sort_title, id) WHERE hidden = 0;
CREATE INDEX item_added ON item(library_id, kind, added_at, id) WHERE hidden = 0;
CREATE INDEX item_latest ON item(library_id, kind, max(latest_at, added_at), id) WHERE hidden = 0;
CREATE INDEX item_year ON item(library_id, kind, ifnull(year, 0), id) WHERE hidden = 0;
CREATE INDEX item_premiered ON item(library_id, kind, ifnull(premiered, ''), id) WHERE hidden = 0;
CREATE INDEX item_duration ON item(library_id, kind, ifnull(duration_ms, 0), id) WHERE hidden = 0;
CREATE INDEX item_rating ON item(library_id, kind, ifnull(community_rating, 0.0), id) WHERE hidden = 0;
CREATE INDEX item_folded ON item(folded_title, id) WHERE hidden = 0;
CREATE INDEX item_parent ON item(parent_id, position, id);
CREATE INDEX item_series ON item(series_id, kind, season_number, position, id);

ALTER TABLE media_file ADD COLUMN pictured_at BIGINT;
DROP INDEX media_file_library;
CREATE INDEX media_file_library ON media_file(library_id, state, id, size, duration_ms);
CREATE INDEX media_file_unpictured ON media_file(library_id, id) WHERE pictured_at IS NULL AND state = 'ok';
CREATE UNIQUE INDEX subtitle_path ON subtitle(path) WHERE path IS NOT NULL;
CREATE INDEX playback_session_item ON playback_session(item_id);
CREATE INDEX playback_session_file ON playback_session(file_id);
CREATE INDEX play_state_favourite ON play_state(user_id, item_id) WHERE favourite = 1;
CREATE INDEX play_state_watched ON play_state(user_id, item_id) WHERE watched = 1;
CREATE INDEX play_state_position ON play_state(user_id, item_id) WHERE position_ms > 0;

-- Pictures beside media files: what each was understood to show, and whether its bytes have been taken in.
CREATE TABLE picture_file (
    path BLOB PRIMARY KEY,
    folder_id INTEGER NOT NULL REFERENCES library_folder(id) ON DELETE CASCADE,
    size BIGINT NOT NULL,
    mtime_ns BIGINT NOT NULL,
    item_id INTEGER REFERENCES item(id) ON DELETE SET NULL,
    kind TEXT,
    stored_at BIGINT
) WITHOUT ROWID;
CREATE INDEX picture_file_folder ON picture_file(folder_id);
CREATE INDEX picture_file_item ON picture_file(item_id);

-- A series is as new as its newest episode.
CREATE TRIGGER item_latest_episode AFTER INSERT ON item WHEN new.kind = 'episode' BEGIN
    UPDATE item SET latest_at = new.added_at WHERE id = new.series_id AND latest_at < new.added_at;
END;

-- How many visible items of a library carry a label, kept by triggers because counting them takes too long.
CREATE TABLE label_count (
    label_id INTEGER NOT NULL REFERENCES label(id) ON DELETE CASCADE,
    library_id INTEGER NOT NULL REFERENCES library(id) ON DELETE CASCADE,
    items INTEGER NOT NULL,
    PRIMARY KEY (label_id, library_id)
) WITHOUT ROWID;
INSERT INTO label_count SELECT l.label_id, i.library_id, count(*)
FROM item_label l JOIN item i ON i.id = l.item_id GROUP BY 1, 2;
CREATE TRIGGER label_count_added AFTER INSERT ON item_label BEGIN
    INSERT INTO label_count SELECT new.label_id, i.library_id, 1 FROM item i WHERE i.id = new.item_id AND i.hidden = 0
    ON CONFLICT DO UPDATE SET items = items + 1;
END;
CREATE TRIGGER label_count_removed AFTER DELETE ON item_label BEGIN
    UPDATE label_count SET items = items - 1 WHERE label_id = old.label_id
    AND library_id = (SELECT i.library_id FROM item i WHERE i.id = old.item_id AND i.hidden = 0);
END;
CREATE TRIGGER label_count_item_changed AFTER UPDATE OF hidden, library_id ON item
WHEN old.hidden <> new.hidden OR old.library_id <> new.library_id
BEGIN
    UPDATE label_count SET items = items - 1 WHERE old.hidden = 0 AND library_id = old.library_id
    AND label_id IN (SELECT label_id FROM item_label WHERE item_id = new.id);
    INSERT INTO label_count SELECT l.label_id, new.library_id, 1 FROM item_label l
    WHERE l.item_id = new.id AND new.hidden = 0
    ON CONFLICT DO UPDATE SET items = items + 1;
END;
-- Links go before their item does, so that their triggers still see it.
CREATE TRIGGER item_unlinked BEFORE DELETE ON item BEGIN
    DELETE FROM item_label WHERE item_id = old.id;
END;

-- Full text; `place` says library and kind, so that looking in some of them is part of the same index walk. Triggers keep it in step inside the transaction that changes an item, whoever changes it.
CREATE VIRTUAL TABLE item_search USING fts5(
    title, original, context, people, labels, overview, place,
    tokenize = "unicode61 remove_diacritics 2", prefix = '1 2 3'
);
CREATE VIEW item_search_text AS
SELECT i.id AS item_id,
    CASE WHEN lower(i.title) = i.folded_title AND instr(i.title, '''') = 0 THEN i.title
        ELSE i.title || ' ' || replace(i.folded_title, '''', '') END AS title,
    ifnull(i.original_title, '') AS original,
    CASE i.kind
        WHEN 'episode' THEN (SELECT s.title FROM item s WHERE s.id = i.series_id)
            || CASE WHEN i.number IS NULL THEN '' ELSE printf(' S%02dE%02d', i.season_number, i.number) END
        WHEN 'music_video' THEN (SELECT group_concat(a.title, ' ') FROM item_artist l JOIN item a ON a.id = l.artist_id
            WHERE l.item_id = i.id)
    END AS context,
    (SELECT group_concat(p.name, ' ') FROM credit c JOIN person p ON p.id = c.person_id WHERE c.item_id = i.id) AS people,
    (SELECT group_concat(b.name, ' ') FROM item_label l JOIN label b ON b.id = l.label_id WHERE l.item_id = i.id) AS labels,
    ifnull(i.overview, '') || ' ' || ifnull(i.tagline, '') AS overview,
    'l' || i.library_id || ' k' || replace(i.kind, '_', '') AS place
FROM item i WHERE i.kind <> 'season';

INSERT INTO item_search (rowid, title, original, context, people, labels, overview, place) SELECT * FROM item_search_text;

CREATE TRIGGER item_search_added AFTER INSERT ON item WHEN new.kind <> 'season' BEGIN
    INSERT INTO item_search (rowid, title, original, context, people, labels, overview, place)
    SELECT * FROM item_search_text WHERE item_id = new.id;
END;
CREATE TRIGGER item_search_removed AFTER DELETE ON item BEGIN
    DELETE FROM item_search WHERE rowid = old.id;
END;
CREATE TRIGGER item_search_changed
AFTER UPDATE OF library_id, title, original_title, series_id, season_number, number, tagline, overview ON item
WHEN old.library_id <> new.library_id OR old.title IS NOT new.title
    OR old.original_title IS NOT new.original_title OR old.series_id IS NOT new.series_id
    OR old.season_number IS NOT new.season_number OR old.number IS NOT new.number
    OR old.tagline IS NOT new.tagline OR old.overview IS NOT new.overview
BEGIN
    DELETE FROM item_search WHERE rowid = new.id;
    INSERT INTO item_search (rowid, title, original, context, people, labels, overview, place)
    SELECT * FROM item_search_text WHERE item_id = new.id;
END;
CREATE TRIGGER item_search_series_renamed AFTER UPDATE OF title ON item
WHEN new.kind = 'series' AND old.title IS NOT new.title
BEGIN
    DELETE FROM item_search WHERE rowid IN (SELECT id FROM item WHERE series_id = new.id);
    INSERT INTO item_search (rowid, title, original, context, people, labels, overview, place)
    SELECT * FROM item_search_text WHERE item_id IN (SELECT id FROM item WHERE series_id = new.id);
END;
CREATE TRIGGER item_search_artist_added AFTER INSERT ON item_artist BEGIN
    DELETE FROM item_search WHERE rowid = new.item_id;
    INSERT INTO item_search (rowid, title, original, context, people, labels, overview, place)
    SELECT * FROM item_search_text WHERE item_id = new.item_id;
END;
CREATE TRIGGER item_search_artist_removed AFTER DELETE ON item_artist BEGIN
    DELETE FROM item_search WHERE rowid = old.item_id;
    INSERT INTO item_search (rowid, title, original, context, people, labels, overview, place)
    SELECT * FROM item_search_text WHERE item_id = old.item_id;
END;
CREATE TRIGGER item_search_label_added AFTER INSERT ON item_label BEGIN
    DELETE FROM item_search WHERE rowid = new.item_id;
    INSERT INTO item_search (rowid, title, original, context, people, labels, overview, place)
    SELECT * FROM item_search_text WHERE item_id = new.item_id;
END;
CREATE TRIGGER item_search_label_removed AFTER DELETE ON item_label BEGIN
    DELETE FROM item_search WHERE rowid = old.item_id;
    INSERT INTO item_search (rowid, title, original, context, people, labels, overview, place)
    SELECT * FROM item_search_text WHERE item_id = old.item_id;
END;
CREATE TRIGGER item_search_credit_added AFTER INSERT ON credit BEGIN
    DELETE FROM item_search WHERE rowid = new.item_id;
    INSERT INTO item_search (rowid, title, original, context, people, labels, overview, place)
    SELECT * FROM item_search_text WHERE item_id = new.item_id;
END;
CREATE TRIGGER item_search_credit_removed AFTER DELETE ON credit BEGIN
    DELETE FROM item_search WHERE rowid = old.item_id;
    INSERT INTO item_search (rowid, title, original, context, people, labels, overview, place)
    SELECT * FROM item_search_text WHERE item_id = old.item_id;
END;

-- The words of titles, and each of them with one letter left out: what a misspelt word may have meant.
CREATE TABLE search_word (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE);
CREATE TABLE search_typo (
    form TEXT NOT NULL,
    word_id INTEGER NOT NULL REFERENCES search_word(id) ON DELETE CASCADE,
    PRIMARY KEY (form, word_id)
) WITHOUT ROWID;
