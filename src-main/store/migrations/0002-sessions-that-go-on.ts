/**
 * Adds what a session needs to be resumed, found, opened and removed. Large parts of events move to a compressed column of their own, so that folding
 * events need not read them. Events stay as they are, but the last ones may be taken back.
 */
export const sessionsThatGoOn = `
  ALTER TABLE sessions ADD COLUMN tags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags));
  ALTER TABLE sessions ADD COLUMN notes TEXT NOT NULL DEFAULT '';
  ALTER TABLE sessions ADD COLUMN profiles TEXT CHECK (profiles IS NULL OR json_valid(profiles));
  ALTER TABLE sessions ADD COLUMN writer TEXT;

  ALTER TABLE events ADD COLUMN bulk BLOB;
  -- Events of a session that may be taken back, while they are.
  CREATE TABLE cuts (session INTEGER PRIMARY KEY, first INTEGER NOT NULL) STRICT;
  DROP TRIGGER events_stay;
  CREATE TRIGGER events_stay BEFORE DELETE ON events
  WHEN NOT EXISTS (SELECT 1 FROM cuts WHERE cuts.session = OLD.session AND OLD.seq >= cuts.first)
  BEGIN SELECT raise(ABORT, 'events are append-only'); END;

  -- The view after the first seq events.
  CREATE TABLE snapshots (
    session INTEGER NOT NULL REFERENCES sessions (number),
    seq INTEGER NOT NULL,
    view BLOB NOT NULL,
    PRIMARY KEY (session, seq)
  ) STRICT;

  -- What phones and cloud answered until there were so many events, in parts that follow one another.
  CREATE TABLE journal (
    session INTEGER NOT NULL REFERENCES sessions (number),
    part INTEGER NOT NULL,
    events INTEGER NOT NULL,
    wall_seconds REAL NOT NULL,
    answers BLOB NOT NULL,
    PRIMARY KEY (session, part)
  ) STRICT;

  -- The newest state of a replica, and what was trained, as safetensors.
  CREATE TABLE checkpoints (
    session INTEGER NOT NULL REFERENCES sessions (number),
    kind TEXT NOT NULL CHECK (kind IN ('state', 'trained')),
    round INTEGER NOT NULL,
    position INTEGER NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (session, kind)
  ) STRICT;
`
