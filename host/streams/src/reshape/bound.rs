//! How many shards there may be, with those that have ended and are kept until their records expire.
//!
//! Each is a log, and all of a stream's go with one commit when it is deleted. So whatever adds a stream or begins a
//! change of shards asks here first, whoever wants it: what an account counts itself and what the service decides are
//! logs alike.

use domain::{AccountId, limits};

use super::plan;
use super::step::open;
use crate::catalog::Index;
use crate::error::{Quota, Resize};
use crate::stream::{Stream, Update};
use crate::{Error, Result, Streams};

impl Streams {
    /// Whether this change of a stream's shards may begin.
    pub(crate) fn check_change(
        &self,
        index: &Index,
        stream: &Stream,
        update: Update,
    ) -> Result<()> {
        let made = plan::made(&open(stream), update);
        if stream.shards.len() + made > limits::STREAM_SHARDS_KEPT_MAX {
            return Err(Error::Quota(Quota::Resize(Resize::Kept)));
        }
        self.check_room(index, stream.facts.account, made)
    }

    /// Whether an account may have so many shards more.
    pub(crate) fn check_room(&self, index: &Index, account: AccountId, more: usize) -> Result<()> {
        if !self.settings.limits {
            return Ok(());
        }
        let room = limits::ACCOUNT_SHARDS_KEPT_MAX.checked_sub(index.shards_kept(account) + more);
        match room {
            Some(room) if is_enough(room, index, account) => Ok(()),
            Some(_) | None => Err(Error::Quota(Quota::Resize(Resize::Kept))),
        }
    }
}

/// Whether there is room for what changes that are under way still make.
fn is_enough(room: usize, index: &Index, account: AccountId) -> bool {
    let of_each = |made: fn(&Stream, Update) -> usize| -> usize {
        let updating = index.updating_of(account);
        updating.filter_map(|it| Some(made(it, it.facts.scaling.update?))).sum()
    };
    // Nobody reads the catalogue meanwhile: as a rule the estimate, which takes no time, will do.
    of_each(made_at_most) <= room
        || of_each(|stream, update| plan::made(&open(stream), update)) <= room
}

/// As many shards as the change makes, or more.
fn made_at_most(stream: &Stream, update: Update) -> usize {
    match update {
        Update::Split { .. } | Update::Merge { .. } => 2,
        Update::Resize { target } => 2 * target as usize + stream.open_shards(),
    }
}
