//! Opening a store: recover, check, raise the term, start the threads.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use rusqlite::Connection;
use stdx::{Clock, DataDir, Entropy, Tasks};
use storage::{Error, Health, Kind, Result, Term};

use crate::ahead::Behind;
use crate::catch_up::Known;
use crate::check::{self, DATABASE, State};
use crate::checkpoint::{Checkpoints, KEEP};
use crate::connection::{self, FILE};
use crate::error::Stop;
use crate::index::{LogEntry, Ring};
use crate::log_state::LogState;
use crate::mark::{self, Found, MarkFile};
use crate::scrub::Scrub;
use crate::shared::Shared;
use crate::space::Space;
use crate::workers::{Workers, no_thread};
use crate::writer::{Litter, Page, Slots, Sync, Syncer, Vacuum, Writer};
use crate::{Options, Sqlite};

/// A store that was recovered and checked; nothing was written to it yet.
pub(crate) struct Recovered {
    pub(crate) writer: Writer,
    /// The writer's connection.
    pub(crate) db: Connection,
    pub(crate) state: State,
    pub(crate) health: Health,
    /// What the mark said.
    pub(crate) found: Found,
}

fn disk(error: std::io::Error) -> Error {
    Error::with_source(Kind::Unavailable, "data directory", error)
}

/// Brings the store in `dir`, which must not be in use, to where it was left, or makes one.
pub(crate) fn recover(
    dir: &DataDir,
    options: &Options,
    clock: &Arc<dyn Clock>,
) -> Result<Recovered> {
    let found = mark::read(dir).map_err(disk)?;
    if !dir.exists(FILE) && found != Found::Nothing {
        let text = format!("{FILE} is missing although its mark file is there");
        return Err(Error::new(Kind::Damaged, text));
    }
    // First: a disk that a crash left full has no room for what follows but that of the ballast.
    let free = options.free_space.clone().unwrap_or_else(|| Arc::new(dir.clone()));
    let metrics = options.metrics.clone();
    let space = Space::open(dir, options.reserve, free, metrics.clone());
    let fatal = Stop::into_error;
    let db = connection::writer(dir).map_err(fatal)?;
    // A sync that failed before the last end may have left pages of the WAL in doubt: it was written over
    // itself, and all of it is copied and synced before anything is built on it.
    connection::truncate_wal(&db).map_err(fatal)?;
    let state = check::state(&db, found).map_err(fatal)?;
    let health = state.health();
    let ready = health == Health::Ready;
    let seconds = u32::try_from(clock.now().seconds().0).unwrap_or(u32::MAX);
    let term = if ready { Term(seconds.max(state.term.0.saturating_add(1))) } else { state.term };
    let wal_bytes = space.wal_bytes(options.wal_bytes);
    connection::limit_wal(&db, wal_bytes * KEEP).map_err(fatal)?;
    let shared = Shared::new(options.queue_bytes, health.clone(), space, metrics);
    let checkpoints = Checkpoints::new(Arc::clone(clock), wal_bytes, options.wal_cap_bytes);
    let writer = Writer {
        shared: Arc::new(shared),
        checkpoints: Arc::new(checkpoints),
        clock: Arc::clone(clock),
        mark: Arc::new(MarkFile::open(dir).map_err(disk)?),
        database: state.database,
        term,
        last: state.witness,
        next_id: state.next_id.max(1),
        next_frame: crate::table::next_frame(&db).map_err(fatal)?,
        page: Page::default(),
        slots: Slots::new(state.logs.iter().map(|known| known.log.slot)),
        ring: Ring::new(options.ring_bytes),
        graves: BTreeMap::new(),
        litter: Litter::default(),
        vacuum: Vacuum::default(),
        behind: Behind::default(),
        syncer: None,
        flight: None,
        sync: Sync::Within,
    };
    Ok(Recovered { writer, db, state, health, found })
}

/// Opens the store in `dir`, which must not be in use, or makes one.
pub(crate) fn open(
    dir: &DataDir,
    options: &Options,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
    tasks: &Tasks,
) -> Result<Arc<Sqlite>> {
    let Recovered { mut writer, mut db, state, health, found } = recover(dir, options, clock)?;
    let ready = health == Health::Ready;
    publish(&mut writer, &state, ready);
    if ready {
        if state.witness.version == 0 {
            writer.database = u64::from_le_bytes(entropy.bytes());
            let name = Bytes::copy_from_slice(&writer.database.to_le_bytes());
            writer.found(&db, DATABASE, name)?;
        }
        if found == Found::Nothing {
            // Before anything else is committed: a first start may be cut short any number of times, and
            // only a database that is as new as that may lack its mark.
            writer.keep_mark()?;
        }
        writer.raise_term(&db)?;
    }
    let fatal = Stop::into_error;
    let (shared, checkpoints) = (Arc::clone(&writer.shared), Arc::clone(&writer.checkpoints));
    let term = writer.term;
    let pragmas = crate::inspect::pragmas(&db).map_err(fatal)?;
    // All that may fail comes before the first thread, which a failed opening must not leave behind.
    let blobs = dir.subdir("blobs").map_err(disk)?;
    blobs.remove_leftovers().map_err(disk)?;
    let copies = connection::checkpointer(dir).map_err(fatal)?;
    let scrubbed = connection::reader(dir).map_err(fatal)?;
    let pages = Arc::clone(&checkpoints);
    let hook = move |_: &mut rusqlite::hooks::Wal, count| {
        pages.note_pages(u64::try_from(count).unwrap_or(0));
        Ok(())
    };
    db.wal_hook(Some(hook)).map_err(|error| fatal(error.into()))?;
    let workers = Workers::start(dir, tasks).map_err(fatal)?;
    let scrub = Arc::new(Scrub::new(options.scrub_rest));
    let store = Arc::new(Sqlite { shared, workers, checkpoints, scrub, blobs, term, pragmas });
    let synced = Syncer::start(dir, clock, tasks).map(|syncer| writer.syncer = Some(syncer));
    let started = synced.and_then(|()| start_threads(&store, tasks, writer, db, copies, scrubbed));
    if let Err(error) = started {
        store.close();
        return Err(no_thread(error).into_error());
    }
    Ok(store)
}

/// Puts the logs of the database into the index. A store that lost data is left as it is: sweeping and
/// bringing rows up to date would write, and with it say that all is well.
fn publish(writer: &mut Writer, state: &State, ready: bool) {
    let mut behind = Vec::new();
    for Known { log, row } in &state.logs {
        let LogState { id, deleted, .. } = log.state;
        if deleted {
            writer.graves.insert(id, log.clone());
        } else {
            writer.shared.index.insert(LogEntry::new(log.clone(), *row, writer.term));
            behind.extend(row.ahead.map(|ahead| (ahead.oldest, id)));
        }
        if ready && (deleted || log.state.has_litter()) {
            writer.litter.insert(id);
        }
    }
    if ready {
        behind.sort_unstable();
        behind.into_iter().for_each(|(frame, log)| writer.behind.push(frame, log));
    }
}

fn start_threads(
    store: &Sqlite,
    tasks: &Tasks,
    writer: Writer,
    db: Connection,
    copies: Connection,
    scrubbed: Connection,
) -> std::io::Result<()> {
    let (checkpoints, shared) = (Arc::clone(&store.checkpoints), Arc::clone(&store.shared));
    let mark = Arc::clone(&writer.mark);
    tasks.thread("store-checkpointer", move || checkpoints.run(&copies, &mark, &shared))?;
    tasks.thread("store-writer", move || writer.run(&db))?;
    let (scrub, shared) = (Arc::clone(&store.scrub), Arc::clone(&store.shared));
    let blobs = store.blobs.clone();
    tasks.background("store-scrub", move || scrub.run(&scrubbed, &blobs, &shared))?;
    Ok(())
}
