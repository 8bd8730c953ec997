-- Frames of all logs in the order in which they were written, so that a group commit adds pages at one
-- place. The columns before `frame` repeat what its header says, so that seeking and trimming do not read
-- bodies.
CREATE TABLE frame (
    id INTEGER PRIMARY KEY,
    term INTEGER NOT NULL,
    records INTEGER NOT NULL,
    last_arrival INTEGER NOT NULL,
    chain BLOB NOT NULL,
    frame BLOB NOT NULL
) STRICT;

-- Where a log's frames are: key = slot << 44 | offset of the first record. The newest places of a log stand
-- in its row in `log` and come here some at a time.
CREATE TABLE place (
    key INTEGER PRIMARY KEY,
    frame INTEGER NOT NULL
) STRICT;

-- One row per log: where it begins and ends, and its newest places (see log_state.rs).
CREATE TABLE log (
    slot INTEGER PRIMARY KEY,
    state BLOB NOT NULL
) STRICT;

-- Facts, with a CRC-32C of scope, key, value and version.
CREATE TABLE fact (
    scope TEXT NOT NULL,
    number INTEGER NOT NULL,
    key BLOB NOT NULL,
    version INTEGER NOT NULL,
    crc INTEGER NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (scope, number, key)
) STRICT, WITHOUT ROWID;

-- One witness per group commit (see witness.rs); the newest thousand are kept.
CREATE TABLE witness (
    version INTEGER PRIMARY KEY,
    body BLOB NOT NULL
) STRICT;
