//! Closing a group: records are numbered and packed, frames, log rows and the witness are written.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use storage::frame::{Origin, Press};
use storage::{Committed, Frame, LogId};

use super::group::{Appending, Group, NEXT_ID, Reply, Touched};
use super::pack::{Page, order};
use super::places::NewestPlaces;
use crate::ahead::{self, Ahead, Row};
use crate::error::Result;
use crate::facts::HOST;
use crate::job::Outcome;
use crate::log_state::{self, LogState, Place, Slot};
use crate::table::PutFrame;
use crate::witness::{self, Witness};
use crate::{producer, table};

/// A group that is complete in the database but for its COMMIT.
pub(super) struct Sealed {
    pub(super) witness: Witness,
    pub(super) next_id: u64,
    /// The row of its first frame, if it has any.
    pub(super) first_frame: i64,
    pub(super) next_frame: i64,
    pub(super) page: Page,
    pub(super) outcomes: Vec<Outcome>,
    /// By log.
    pub(super) changes: Vec<Change>,
    /// Frames that were removed.
    pub(super) swept: u64,
    /// How long its COMMIT took, once there was one.
    pub(super) committed_in: Duration,
}

impl Sealed {
    /// Records and bytes of all frames, as they are stored and as they would be if none was compressed.
    pub(super) fn changes_total(&self) -> (u64, u64, u64) {
        let frames = self.changes.iter().flat_map(|change| &change.frames);
        frames.fold((0, 0, 0), |(records, bytes, plain), frame| {
            let records = records + u64::from(frame.header().count);
            (records, bytes + frame.bytes().len() as u64, plain + frame.plain_bytes() as u64)
        })
    }
}

/// What happened to one log.
pub(super) struct Change {
    pub(super) slot: Slot,
    pub(super) state: LogState,
    pub(super) places: NewestPlaces,
    /// How its row stands to it.
    pub(super) row: Row,
    pub(super) frames: Vec<Arc<Frame>>,
    pub(super) created: bool,
    pub(super) removed: bool,
}

/// A log whose records are numbered and in frames.
struct Packed {
    touched: Box<Touched>,
    frames: Vec<Arc<Frame>>,
}

impl Group<'_> {
    /// Numbers and packs the records, writes frames, log rows and the witness.
    pub(super) fn seal(mut self, last: &Witness) -> Result<Sealed> {
        let first_frame = self.next_frame;
        let mut frames_hash = blake3::Hasher::new();
        let mut logs = Vec::with_capacity(self.touched.len());
        let mut press = self.press();
        let mut appends = std::mem::take(&mut self.appends);
        appends.sort_by_key(|it| it.append.log);
        let mut left = appends.as_slice();
        for (log, mut touched) in std::mem::take(&mut self.touched) {
            let own = left.partition_point(|it| it.append.log <= log);
            let (own, others) = left.split_at(own);
            left = others;
            let frames = self.pack(log, &mut touched, own, &mut press);
            for frame in &frames {
                frames_hash.update(&frame.chain());
            }
            logs.push(Packed { touched, frames });
        }
        self.put_frames(&mut logs)?;
        let changes = logs.into_iter().map(|log| self.seal_row(log)).collect::<Result<_>>()?;
        self.seal_named()?;
        if self.next_id != self.first_id {
            let next = Bytes::copy_from_slice(&self.next_id.to_le_bytes());
            self.set(&HOST, NEXT_ID, next)?;
        }
        let witness = Witness {
            version: self.version,
            term: self.term,
            facts: self.facts,
            logs: self.logs,
            ahead: self.ahead(),
            frames: *frames_hash.finalize().as_bytes(),
            previous: last.chain(),
        };
        table::put_witness(self.db, &witness)?;
        if self.version.is_multiple_of(witness::KEPT / 4) {
            table::delete_witnesses(self.db, self.version.saturating_sub(witness::KEPT))?;
        }
        let Self { next_id, next_frame, page, outcomes, swept, .. } = self;
        Ok(Sealed {
            witness,
            next_id,
            first_frame,
            next_frame,
            page,
            outcomes,
            changes,
            swept,
            committed_in: Duration::ZERO,
        })
    }

    /// The frames that are ahead of their logs' rows, if any are.
    fn ahead(&self) -> Option<Ahead> {
        debug_assert!(self.ahead == 0 || self.oldest_ahead.is_some(), "somebody fell behind");
        let oldest = self.oldest_ahead?;
        (self.ahead != 0).then_some(Ahead { oldest, sum: self.ahead })
    }

    /// A press for all frames of the group, at one for each log if they are small.
    fn press(&self) -> Press {
        Press::expecting(self.touched.len(), self.appended_bytes())
    }

    /// Encoded bytes of all records that the group appends.
    pub(super) fn appended_bytes(&self) -> usize {
        self.appends.iter().map(|it| it.append.records.bytes().len()).sum()
    }

    /// Numbers what a log gets and makes its frames.
    fn pack(
        &mut self,
        log: LogId,
        touched: &mut Touched,
        appends: &[Appending<'_>],
        press: &mut Press,
    ) -> Vec<Arc<Frame>> {
        let mut frames = Vec::new();
        let empty = touched.state.first.offset == touched.state.tail.next;
        if empty && !appends.is_empty() {
            touched.state.first.term = self.term;
        }
        // Those of one commit id, or of none, may share frames.
        for run in appends.chunk_by(|it, next| it.id == next.id) {
            let (term, version) = (self.term, self.version);
            let id = run.first().and_then(|it| it.id);
            let origin = Origin { log, term, version, id };
            let mut replies = run.iter().map(|it| it.reply);
            let tell = |appended| {
                let told = replies.next().and_then(|reply| self.committed(reply));
                if let Some((committed, at)) = told
                    && let Some(slot) = committed.appends.get_mut(at)
                {
                    *slot = appended;
                }
            };
            let appends = run.iter().map(|it| it.append);
            touched.state.tail.append_into(press, origin, appends, &mut frames, tell);
        }
        // No commit of the group appends behind one that ends the log, so it ends where it ends now.
        let end = touched.state.next(self.term);
        for reply in &touched.ends {
            if let Some((committed, at)) = self.committed(*reply)
                && let Some(slot) = committed.ended.get_mut(at)
            {
                *slot = end;
            }
        }
        frames
    }

    /// The result that is to be told, and which part of it.
    fn committed(&mut self, reply: Reply) -> Option<(&mut Committed, usize)> {
        match self.outcomes.get_mut(reply.job)? {
            Outcome::Committed(committed) => Some((committed, reply.at)),
            _ => None,
        }
    }

    /// Puts the frames into their table.
    fn put_frames(&mut self, logs: &mut [Packed]) -> Result<()> {
        let mut put = PutFrame::new(self.db)?;
        let length = |log: usize, number: usize| {
            logs.get(log)?.frames.get(number).map(|frame| frame.bytes().len() as u64)
        };
        for (log, number) in order(logs.len(), length, &mut self.page) {
            let Some(Packed { touched, frames }) = logs.get_mut(log) else { continue };
            let Some(frame) = frames.get(number) else { continue };
            put.put(self.next_frame, frame)?;
            self.note_frame(touched, frame)?;
        }
        Ok(())
    }

    /// Notes where a frame was put.
    fn note_frame(&mut self, touched: &mut Touched, frame: &Frame) -> Result<()> {
        let place = Place { offset: frame.first().offset, frame: self.next_frame };
        self.next_frame += 1;
        let full = touched.places.push(place, touched.slot);
        if !full.is_empty() {
            table::put_places(self.db, touched.slot, &full)?;
            touched.is_row_due = true;
        }
        let share = ahead::share(frame.header().log, place.offset, &frame.chain());
        touched.row.fall_behind(place.frame, share);
        self.ahead = self.ahead.wrapping_add(share);
        Ok(())
    }

    /// Writes the log's row, or removes it, if that has to be now.
    fn seal_row(&mut self, log: Packed) -> Result<Change> {
        let Packed { mut touched, frames } = log;
        if touched.removed || touched.is_row_due() {
            self.put_row(&mut touched)?;
        } else if let Some(Ahead { oldest, .. }) = touched.row.ahead {
            self.oldest_ahead = Some(self.oldest_ahead.map_or(oldest, |other| other.min(oldest)));
        }
        let Touched { slot, before, state, places, row, removed, .. } = *touched;
        Ok(Change { slot, state, places, row, frames, created: before.is_none(), removed })
    }

    fn put_row(&mut self, touched: &mut Touched) -> Result<()> {
        let Row { share, .. } = touched.row;
        self.ahead = self.ahead.wrapping_sub(touched.row.sum());
        self.logs = self.logs.wrapping_sub(share);
        touched.row = Row::default();
        let slot = touched.slot;
        if touched.removed {
            return table::delete_log(self.db, slot);
        }
        let row = touched.view().encode();
        touched.row.share = log_state::share(slot, &row);
        self.logs = self.logs.wrapping_add(touched.row.share);
        table::put_log(self.db, slot, &row)
    }

    /// Keeps the results of the commits that have an id, and copies them to their repeats.
    fn seal_named(&mut self) -> Result<()> {
        for (producer, (id, job)) in std::mem::take(&mut self.named) {
            if let Some(Outcome::Committed(committed)) = self.outcomes.get(job) {
                let value = producer::encode(&id, committed);
                self.set(&producer::scope(producer), b"", value)?;
            }
        }
        for (repeat, first) in std::mem::take(&mut self.repeats) {
            if let Some(Outcome::Committed(committed)) = self.outcomes.get(first) {
                let committed = committed.clone();
                if let Some(outcome) = self.outcomes.get_mut(repeat) {
                    *outcome = Outcome::Committed(committed);
                }
            }
        }
        Ok(())
    }
}
