/** Makes the tables of sessions and of their events, an append-only list of JSON texts numbered from 0 without gaps. */
export const sessionsAndEvents = `
  CREATE TABLE sessions (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    method TEXT NOT NULL,
    seed INTEGER NOT NULL,
    scenario TEXT NOT NULL CHECK (json_valid(scenario)),
    environment TEXT NOT NULL CHECK (json_valid(environment)),
    started_at TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'unfinished' CHECK (state IN ('unfinished', 'finished', 'interrupted', 'failed')),
    ended_at TEXT,
    error TEXT
  ) STRICT;

  CREATE TABLE events (
    session INTEGER NOT NULL REFERENCES sessions (number),
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    event TEXT NOT NULL CHECK (json_valid(event)),
    UNIQUE (session, seq)
  ) STRICT;

  CREATE INDEX events_by_kind ON events (session, kind, seq);

  -- This also refuses INSERT OR REPLACE, which fires no delete trigger.
  CREATE TRIGGER events_are_numbered BEFORE INSERT ON events
  WHEN NEW.seq IS NOT (SELECT coalesce(max(seq) + 1, 0) FROM events WHERE session = NEW.session)
  BEGIN SELECT raise(ABORT, 'events are appended in order'); END;

  CREATE TRIGGER events_stay_the_same BEFORE UPDATE ON events
  BEGIN SELECT raise(ABORT, 'events are append-only'); END;

  CREATE TRIGGER events_stay BEFORE DELETE ON events
  BEGIN SELECT raise(ABORT, 'events are append-only'); END;
`
