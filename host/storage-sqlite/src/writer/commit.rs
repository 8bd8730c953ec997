//! One group commit: everything between BEGIN and the mark, and what a failure on the way means.

use bytes::Bytes;
use rusqlite::Connection;
use storage::{Error, Kind, LogId};

use super::flight::Sync;
use super::group::{Group, Start, TERM};
use super::seal::Sealed;
use super::{Litter, Writer};
use crate::error::{Stop, kind_of};
use crate::facts::HOST;
use crate::job::{Job, Outcome};
use crate::mark::Mark;

/// A group that was applied.
pub(super) enum Made {
    /// Nothing is to be written: every job was refused or known.
    Nothing(Vec<Outcome>),
    Sealed(Box<Sealed>),
}

/// How a group failed.
pub(super) enum Failure {
    /// Nothing was written; the next group may succeed.
    Passing(Error),
    /// Nothing was written, since stored bytes that it needed are damaged.
    Damaged(Error),
    /// The outcome or the database is in doubt: the process must end.
    Fatal(Error),
}

impl Failure {
    pub(super) fn into_error(self) -> Error {
        match self {
            Self::Passing(error) | Self::Damaged(error) | Self::Fatal(error) => error,
        }
    }
}

impl Writer {
    /// One group commit. The group that was in flight has landed when it returns; this one is durable, or its sync
    /// is still to come, as the caller wants it.
    pub(super) fn group(
        &mut self,
        db: &Connection,
        jobs: &[Job],
        sync: Sync,
    ) -> Result<Made, Failure> {
        self.litter.begin();
        self.sync_aside();
        let made = self.make(db, jobs, sync).map_err(|stop| roll_back(db, stop));
        // If the other one does not land, what was made is rolled back with the connection: the process ends.
        let mut made = self.land().and(made);
        if let Ok(Made::Sealed(sealed)) = &mut made
            && let Err(failure) = self.commit(db, sealed, sync)
        {
            made = Err(failure);
        }
        match &made {
            Ok(Made::Sealed(_)) => self.slots.keep(),
            Ok(Made::Nothing(_)) => self.slots.undo(),
            Err(_) => {
                self.slots.undo();
                self.litter.undo();
            }
        }
        made
    }

    /// A group in which nothing has happened yet.
    fn begin<'a>(&'a mut self, db: &'a Connection) -> (Group<'a>, &'a mut Litter) {
        // Where the logs are not published, as in a copy that is made a store of its own, the last witness knows.
        let last = self.last.ahead.map(|ahead| ahead.oldest);
        let oldest_ahead = self.behind.oldest().or(last);
        let group = Group::new(Start {
            db,
            index: &self.shared.index,
            graves: &self.graves,
            flight: self.flight.as_ref(),
            slots: &mut self.slots,
            last: &self.last,
            term: self.term,
            next_id: self.next_id,
            next_frame: self.next_frame,
            page: self.page,
            oldest_ahead,
        });
        (group, &mut self.litter)
    }

    fn make(&mut self, db: &Connection, jobs: &[Job], sync: Sync) -> Result<Made, Stop> {
        self.turn_to(db, sync)?;
        db.execute_batch("BEGIN IMMEDIATE")?;
        let behind = self.behind.due(self.next_frame, &self.shared.index);
        let (last, is_short) = (self.last, self.shared.space.is_short());
        let (mut group, litter) = self.begin(db);
        for job in jobs {
            group.apply(job)?;
        }
        group.sweep(litter, is_short)?;
        if group.is_empty() {
            let outcomes = group.outcomes();
            db.execute_batch("ROLLBACK")?;
            return Ok(Made::Nothing(outcomes));
        }
        group.demand_rows(behind)?;
        let sealed = group.seal(&last)?;
        Ok(Made::Sealed(Box::new(sealed)))
    }

    /// Makes the connection's next commits sync, or not. Failing at that fails the store: how they are synced would not
    /// be known.
    pub(super) fn turn_to(&mut self, db: &Connection, sync: Sync) -> Result<(), Stop> {
        if self.sync != sync {
            let unknown = |stop: Stop| {
                let text = "whether commits sync is not known";
                Stop::Refuse(Error::with_source(Kind::Bug, text, stop.into_error()))
            };
            crate::connection::sync_commits(db, sync == Sync::Within).map_err(unknown)?;
            self.sync = sync;
        }
        Ok(())
    }

    /// Commits. With [`Sync::Within`] it is durable then, and the mark tells of it.
    fn commit(&mut self, db: &Connection, sealed: &mut Sealed, sync: Sync) -> Result<(), Failure> {
        let started = self.clock.monotonic();
        if let Err(error) = db.execute_batch("COMMIT") {
            return Err(commit_failed(db, error));
        }
        sealed.committed_in = self.clock.monotonic().saturating_sub(started);
        self.last = sealed.witness;
        self.next_id = sealed.next_id;
        self.next_frame = sealed.next_frame;
        self.page = sealed.page;
        if sync == Sync::Within {
            self.count(sealed.committed_in, sealed);
            self.write_mark(sealed)?;
        }
        Ok(())
    }

    /// Notes in the mark that the group is durable.
    pub(super) fn write_mark(&self, sealed: &Sealed) -> Result<(), Failure> {
        let mark = Mark::of(self.database, &sealed.witness);
        self.mark.write(&mark).map_err(|error| {
            Failure::Fatal(Error::with_source(Kind::Indefinite, "mark cannot be written", error))
        })
    }

    /// Writes the rows of all logs that frames are ahead of, in a commit of their own: who opens the store next has
    /// nothing to catch up with.
    pub(super) fn write_rows(&mut self, db: &Connection) -> Result<(), Failure> {
        let logs = self.behind.all(&self.shared.index);
        if logs.is_empty() {
            return Ok(());
        }
        let mut sealed = self.make_rows(db, logs).map_err(|stop| roll_back(db, stop))?;
        self.commit(db, &mut sealed, Sync::Within)?;
        self.show(sealed);
        Ok(())
    }

    fn make_rows(&mut self, db: &Connection, logs: Vec<LogId>) -> Result<Sealed, Stop> {
        self.turn_to(db, Sync::Within)?;
        db.execute_batch("BEGIN IMMEDIATE")?;
        let last = self.last;
        let (mut group, _) = self.begin(db);
        group.demand_rows(logs)?;
        group.seal(&last)
    }

    /// Raises the term before the first append of this opening.
    pub(crate) fn raise_term(&mut self, db: &Connection) -> storage::Result<()> {
        let term = Bytes::copy_from_slice(&self.term.0.to_le_bytes());
        self.found(db, TERM, term)?;
        self.keep_mark()
    }

    /// Makes the mark of the newest commit durable.
    pub(crate) fn keep_mark(&self) -> storage::Result<()> {
        let unavailable = |error| Error::with_source(Kind::Unavailable, "mark", error);
        self.mark.write(&Mark::of(self.database, &self.last)).map_err(unavailable)?;
        self.mark.sync().map_err(unavailable)
    }

    /// Commits one of the store's own facts, before any job is taken.
    pub(crate) fn found(
        &mut self,
        db: &Connection,
        key: &'static [u8],
        value: Bytes,
    ) -> storage::Result<()> {
        let sealed = self.write_fact(db, key, value).map_err(Stop::into_error)?;
        self.last = sealed.witness;
        Ok(())
    }

    fn write_fact(
        &mut self,
        db: &Connection,
        key: &'static [u8],
        value: Bytes,
    ) -> Result<Sealed, Stop> {
        db.execute_batch("BEGIN IMMEDIATE")?;
        let last = self.last;
        let (mut group, _) = self.begin(db);
        group.set(&HOST, key, value)?;
        let sealed = group.seal(&last)?;
        db.execute_batch("COMMIT")?;
        Ok(sealed)
    }
}

fn roll_back(db: &Connection, stop: Stop) -> Failure {
    let rolled_back = db.is_autocommit() || db.execute_batch("ROLLBACK").is_ok();
    let error = match stop {
        Stop::Refuse(error) if error.kind() == Kind::Damaged && rolled_back => {
            return Failure::Damaged(error);
        }
        Stop::Refuse(error) => return Failure::Fatal(error),
        Stop::Fail(error) => error,
    };
    let kind = kind_of(&error);
    let error = Error::with_source(kind, "nothing was written", error);
    match kind {
        _ if !rolled_back => Failure::Fatal(error),
        Kind::Damaged => Failure::Damaged(error),
        Kind::Full => Failure::Passing(error),
        _ => Failure::Fatal(error),
    }
}

fn commit_failed(db: &Connection, error: rusqlite::Error) -> Failure {
    if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull) {
        // The commit record did not fit into the WAL, so the commit did not happen.
        return roll_back(db, Stop::Fail(error));
    }
    Failure::Fatal(Error::with_source(Kind::Indefinite, "commit may not have happened", error))
}
