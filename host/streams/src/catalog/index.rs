//! The catalogue in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use domain::{AccountId, Millis, Region, Seconds, StreamId, StreamMode, StreamName};
use storage::Committed;
use tokio::sync::watch;

use super::Change;
use crate::stream::{Stream, StreamFacts};

type Names = BTreeMap<StreamName, Arc<Stream>>;
type Regions = BTreeMap<Region, Names>;

/// All streams, by name and by number.
#[derive(Default)]
pub(crate) struct Index {
    accounts: BTreeMap<AccountId, Regions>,
    ids: HashMap<StreamId, Arc<Stream>>,
    /// For names that were deleted in this life of the process, the newest second in which a shard of
    /// theirs was made: a stream of the same name starts later, so that it gives no number twice. After a
    /// restart the term sees to that.
    retired: HashMap<(AccountId, Region, StreamName), Seconds>,
    /// The stream whose retention is being changed, and what readers saw as its horizon when that began: as
    /// long as it is not settled nothing more of it expires, since the change would bring it back.
    held: Option<(StreamId, Millis)>,
    /// Streams whose shards are being changed.
    updating: BTreeSet<StreamId>,
    /// How many were deleted. Told here, so that it is told whoever finishes a change.
    gone: watch::Sender<u64>,
}

/// Retired names that are kept at least; beyond, those go whose second is over.
const RETIRED_KEPT: usize = 1024;

impl Index {
    fn names(&self, account: AccountId, region: &Region) -> Option<&Names> {
        self.accounts.get(&account)?.get(region)
    }

    pub(crate) fn by_name(
        &self,
        account: AccountId,
        region: &Region,
        name: &StreamName,
    ) -> Option<Arc<Stream>> {
        self.names(account, region)?.get(name).cloned()
    }

    /// The stream with this name, which may be anything.
    pub(crate) fn called(
        &self,
        account: AccountId,
        region: &Region,
        name: &str,
    ) -> Option<&Arc<Stream>> {
        self.names(account, region)?.get(name)
    }

    /// When what is kept of the stream with this number begins, if it is `now`.
    pub(crate) fn horizon(&self, id: StreamId, now: Millis) -> Option<Millis> {
        let horizon = self.ids.get(&id)?.horizon(now);
        Some(match self.held {
            Some((held, at_most)) if held == id => horizon.min(at_most),
            Some(_) | None => horizon,
        })
    }

    /// Lets nothing more of a stream expire until its change is applied or released, if it changes the
    /// retention to what `stream` has.
    pub(super) fn hold(&mut self, stream: &Stream) {
        let StreamFacts { id, retention_hours, kept_from, .. } = stream.facts;
        let current = self.ids.get(&id).map(|it| it.facts.retention_hours);
        if current.is_some_and(|hours| hours != retention_hours) {
            self.held = Some((id, kept_from));
        }
    }

    /// The change that was under way did not happen.
    pub(super) fn release(&mut self) {
        self.held = None;
    }

    pub(crate) fn by_id(&self, id: StreamId) -> Option<Arc<Stream>> {
        self.ids.get(&id).cloned()
    }

    /// Changes after each deletion.
    pub(crate) fn gone(&self) -> watch::Receiver<u64> {
        self.gone.subscribe()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Stream>> {
        self.ids.values().cloned().collect()
    }

    /// The streams whose shards are being changed.
    pub(crate) fn updating(&self) -> Vec<StreamId> {
        self.updating.iter().copied().collect()
    }

    /// The streams of an account whose shards are being changed.
    pub(crate) fn updating_of(&self, account: AccountId) -> impl Iterator<Item = &Arc<Stream>> {
        let updating = self.updating.iter().filter_map(|id| self.ids.get(id));
        updating.filter(move |stream| stream.facts.account == account)
    }

    /// The streams of an account in a region whose names are greater than `after`, by name.
    pub(crate) fn list<'i>(
        &'i self,
        account: AccountId,
        region: &Region,
        after: Option<&StreamName>,
    ) -> impl Iterator<Item = &'i Arc<Stream>> {
        let start = after.map_or(Bound::Unbounded, |after| Bound::Excluded(after.clone()));
        let names = self.names(account, region).into_iter();
        let found = names.flat_map(move |it| it.range((start.clone(), Bound::Unbounded)));
        found.map(|(_, stream)| stream)
    }

    /// The streams of an account in all regions. Quotas count them together: regions are names that callers choose here,
    /// and each further one would be as much memory again.
    pub(crate) fn of_account(&self, account: AccountId) -> impl Iterator<Item = &Arc<Stream>> {
        let regions = self.accounts.get(&account).into_iter().flatten();
        regions.flat_map(|(_, names)| names.values())
    }

    /// How many open shards and how many on-demand streams an account has.
    pub(crate) fn usage(&self, account: AccountId) -> (u64, u32) {
        let mut usage = (0, 0);
        for stream in self.of_account(account) {
            usage.0 += stream.open_shards() as u64;
            usage.1 += u32::from(stream.facts.mode == StreamMode::OnDemand);
        }
        usage
    }

    /// How many shards an account has, those that take no more records included.
    pub(crate) fn shards_kept(&self, account: AccountId) -> usize {
        self.of_account(account).map(|stream| stream.shards.len()).sum()
    }

    /// How many open shards an account has that it counts itself: those of its on-demand streams do not count towards its
    /// quota.
    pub(crate) fn provisioned_shards(&self, account: AccountId) -> u64 {
        let streams = self.of_account(account);
        let counted = streams.filter(|stream| stream.facts.mode == StreamMode::Provisioned);
        counted.map(|stream| stream.open_shards() as u64).sum()
    }

    /// The earliest second in which shards of a new stream of this name may be made.
    pub(crate) fn creation(&self, facts: &StreamFacts) -> Seconds {
        let key = (facts.account, facts.region.clone(), facts.name.clone());
        let now = facts.created.seconds();
        match self.retired.get(&key) {
            Some(retired) => now.max(Seconds(retired.0 + 1)),
            None => now,
        }
    }

    /// A change that the store made.
    pub(crate) fn apply(&mut self, change: Change, committed: &Committed) {
        let version = committed.version;
        self.release();
        match change {
            Change::Add(stream) | Change::Update(stream) => self.put(stream, version),
            Change::Reshape(reshaped) => {
                self.put(Arc::new(reshaped.settled(&committed.ended)), version);
            }
            Change::Remove(stream) => self.remove(&stream),
        }
    }

    /// A stream that is new, or takes the place of what it was.
    fn put(&mut self, mut stream: Arc<Stream>, version: u64) {
        match Arc::get_mut(&mut stream) {
            Some(stream) => stream.version = version,
            None => {
                let facts = stream.facts.clone();
                stream = Arc::new(Stream { version, ..stream.with(facts) });
            }
        }
        self.insert(stream);
    }

    pub(super) fn insert(&mut self, stream: Arc<Stream>) {
        let StreamFacts { account, region, name, .. } = &stream.facts;
        let regions = self.accounts.entry(*account).or_default();
        let names = regions.entry(region.clone()).or_default();
        names.insert(name.clone(), Arc::clone(&stream));
        match stream.facts.scaling.update {
            Some(_) => self.updating.insert(stream.facts.id),
            None => self.updating.remove(&stream.facts.id),
        };
        self.ids.insert(stream.facts.id, stream);
    }

    fn remove(&mut self, stream: &Stream) {
        let facts = &stream.facts;
        self.ids.remove(&facts.id);
        self.updating.remove(&facts.id);
        self.forget_name(facts);
        let newest = stream.shards.iter().map(|it| it.facts.creation).max();
        let newest = newest.unwrap_or_default();
        if self.retired.len() >= RETIRED_KEPT {
            self.retired.retain(|_, second| *second >= newest);
        }
        let key = (facts.account, facts.region.clone(), facts.name.clone());
        self.retired.insert(key, newest);
        self.gone.send_modify(|times| *times += 1);
    }

    /// Takes a name out, and what is empty then with it: regions are names that callers choose.
    fn forget_name(&mut self, facts: &StreamFacts) {
        let StreamFacts { account, region, name, .. } = facts;
        let Some(regions) = self.accounts.get_mut(account) else { return };
        if let Some(names) = regions.get_mut(region) {
            names.remove(name);
            if names.is_empty() {
                regions.remove(region);
            }
        }
        if regions.is_empty() {
            self.accounts.remove(account);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::testing;

    #[test]
    fn a_region_whose_last_stream_went_is_forgotten() {
        let mut index = Index::default();
        let streams: Vec<Arc<Stream>> = (1..=3)
            .map(|id| {
                let stream = testing::stream(&[]);
                let mut facts = stream.facts.clone();
                facts.id = StreamId(id);
                facts.region = format!("here-{}", id / 2).parse().expect("it is a region");
                facts.name = format!("s{id}").parse().expect("it is a name");
                Arc::new(stream.with(facts))
            })
            .collect();
        streams.iter().for_each(|stream| index.insert(Arc::clone(stream)));
        let regions = |index: &Index| index.accounts.get(&AccountId::DEV).map_or(0, BTreeMap::len);
        let mut seen = vec![regions(&index)];
        for stream in &streams {
            index.remove(stream);
            seen.push(regions(&index));
        }
        assert_eq!(seen, [2, 1, 1, 0]);
        assert!(index.accounts.is_empty());
    }
}
