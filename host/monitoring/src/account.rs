//! What is held in memory of an account: its metrics, and the minutes that are not stored yet (no I/O).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use domain::{AccountId, Region, limits};
use metering::cloud::Unit;
use parking_lot::Mutex;
use storage::{LogId, Position};
use tokio::sync::Mutex as Turns;

use crate::block::{Key, MetricId};
use crate::error::Quota;
use crate::metric::Stored;
use crate::{Minute, Name, NewDatum, Rollup};

/// After how long it is noted again that a metric is in use.
pub(crate) const NOTED_EVERY_MINUTES: u32 = 6 * 60;

/// An account that is loaded.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) id: AccountId,
    pub(crate) state: Mutex<State>,
    /// Held by the one question of the account that reads the store, or waits for its turn among those of all accounts.
    pub(crate) reading: Turns<()>,
}

/// What is known of a metric.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) name: Arc<Name>,
    pub(crate) unit: Unit,
    /// When something was put last.
    pub(crate) last: Minute,
    /// What its fact says of that.
    noted: Option<Minute>,
}

/// Minutes on their way to the store.
pub(crate) type Flight = Arc<BTreeMap<Key, Rollup>>;

#[derive(Debug, Default)]
pub(crate) struct State {
    /// Where its minutes are stored, if any are.
    pub(crate) log: Option<LogId>,
    /// Behind the newest of them.
    pub(crate) end: Position,
    /// The number that the next new metric gets.
    pub(crate) next: u32,
    metrics: BTreeMap<MetricId, Known>,
    names: BTreeMap<Arc<Name>, Vec<(Unit, MetricId)>>,
    /// What the names take.
    bytes: usize,
    of_services: usize,
    pending: BTreeMap<Key, Rollup>,
    pending_bytes: usize,
    flying: Flight,
    /// Metrics whose facts are to be written.
    to_note: BTreeSet<MetricId>,
    /// When it was last asked for anything.
    pub(crate) used: Duration,
}

/// What is new in a call.
#[derive(Default)]
struct More<'d> {
    metrics: BTreeSet<(&'d Name, Unit)>,
    of_services: usize,
    bytes: usize,
}

impl State {
    /// A metric that was stored.
    pub(crate) fn load(&mut self, id: MetricId, stored: Stored) {
        let Stored { name, unit, last } = stored;
        let known = Known { name: Arc::new(name), unit, last, noted: Some(last) };
        self.insert(id, known);
    }

    fn insert(&mut self, id: MetricId, known: Known) {
        self.bytes += known.name.bytes();
        self.of_services += usize::from(known.name.is_of_service());
        self.names.entry(Arc::clone(&known.name)).or_default().push((known.unit, id));
        self.metrics.insert(id, known);
    }

    /// Something of a metric was stored then.
    pub(crate) fn seen(&mut self, id: MetricId, at: Minute) {
        if let Some(known) = self.metrics.get_mut(&id) {
            known.last = known.last.max(at);
        }
    }

    /// Takes all of it or nothing.
    pub(crate) fn put(&mut self, data: Vec<NewDatum>, now: Minute) -> Result<(), Quota> {
        self.admit(&data)?;
        for NewDatum { name, unit, minute, rollup } in data {
            let id = self.id_of(name, unit);
            if let Some(known) = self.metrics.get_mut(&id) {
                known.last = known.last.max(now);
                let is_due = |noted: Minute| known.last.0 >= noted.0 + NOTED_EVERY_MINUTES;
                if known.noted.is_none_or(is_due) {
                    self.to_note.insert(id);
                }
            }
            let key = (id, minute);
            self.pending_bytes += match self.pending.get_mut(&key) {
                Some(known) => {
                    let before = known.bytes();
                    known.merge(&rollup);
                    known.bytes().saturating_sub(before)
                }
                None => {
                    let bytes = rollup.bytes();
                    self.pending.insert(key, rollup);
                    bytes
                }
            };
        }
        Ok(())
    }

    fn admit(&self, data: &[NewDatum]) -> Result<(), Quota> {
        let bytes: usize = data.iter().map(|datum| datum.rollup.bytes()).sum();
        if self.pending_bytes + bytes > limits::ACCOUNT_METRIC_MINUTES_BYTES_MAX {
            return Err(Quota::Minutes);
        }
        let mut more = More::default();
        for datum in data {
            let is_new = self.find(&datum.name, datum.unit).is_none();
            if is_new && more.metrics.insert((&datum.name, datum.unit)) {
                more.of_services += usize::from(datum.name.is_of_service());
                more.bytes += datum.name.bytes();
            }
        }
        let of_services = self.of_services + more.of_services;
        let all = self.metrics.len() + more.metrics.len();
        let own_more = more.metrics.len() - more.of_services;
        if own_more > 0 && all - of_services > limits::ACCOUNT_METRICS_MAX {
            return Err(Quota::Metrics);
        }
        if more.of_services > 0 && of_services > limits::ACCOUNT_SERVICE_METRICS_MAX {
            return Err(Quota::ServiceMetrics);
        }
        if more.bytes > 0 && self.bytes + more.bytes > limits::ACCOUNT_METRICS_BYTES_MAX {
            return Err(Quota::NameBytes);
        }
        Ok(())
    }

    fn find(&self, name: &Name, unit: Unit) -> Option<MetricId> {
        let units = self.names.get(name)?;
        units.iter().find(|(known, _)| *known == unit).map(|(_, id)| *id)
    }

    fn id_of(&mut self, name: Name, unit: Unit) -> MetricId {
        if let Some(id) = self.find(&name, unit) {
            return id;
        }
        let id = MetricId(self.next);
        self.next += 1;
        let known = self.names.get_key_value(&name).map(|(known, _)| Arc::clone(known));
        let name = known.unwrap_or_else(|| Arc::new(name));
        self.insert(id, Known { name, unit, last: Minute(0), noted: None });
        id
    }

    /// The units that a metric was put in, and the numbers of what was.
    pub(crate) fn units_of(&self, name: &Name) -> Vec<(Unit, MetricId)> {
        self.names.get(name).cloned().unwrap_or_default()
    }

    /// The metrics of a region after one, by name, each with the minute of its last call and a number of it.
    pub(crate) fn list(
        &self,
        region: &Region,
        after: Option<MetricId>,
    ) -> impl Iterator<Item = (&Arc<Name>, Minute, MetricId)> {
        let after = after.and_then(|id| self.metrics.get(&id)).map(|known| Arc::clone(&known.name));
        let is_later = move |name: &Name| after.as_ref().is_none_or(|after| *name > **after);
        let own = self.names.iter().filter(move |(name, _)| name.region == *region);
        own.filter(move |(name, _)| is_later(name)).filter_map(|(name, units)| {
            let known = |(_, id): &(Unit, MetricId)| self.metrics.get(id).map(|known| known.last);
            let last = units.iter().filter_map(known).max()?;
            Some((name, last, units.first()?.1))
        })
    }

    /// Whether there is a metric of this number.
    pub(crate) fn has(&self, id: MetricId) -> bool {
        self.metrics.contains_key(&id)
    }

    /// What waits, which is on its way to the store from now on, and the metrics whose facts go with it. Nothing
    /// if nothing waits.
    pub(crate) fn take_off(&mut self) -> Option<(Flight, Vec<(MetricId, Known)>)> {
        if self.pending.is_empty() {
            return None;
        }
        self.pending_bytes = 0;
        self.flying = Arc::new(std::mem::take(&mut self.pending));
        let noted = std::mem::take(&mut self.to_note);
        let known = |id: MetricId| Some((id, self.metrics.get(&id)?.clone()));
        Some((Arc::clone(&self.flying), noted.into_iter().filter_map(known).collect()))
    }

    /// What was on its way is stored, and the log ends there.
    pub(crate) fn landed(&mut self, end: Position, noted: &[(MetricId, Known)]) {
        self.end = end;
        self.flying = Flight::default();
        for (id, stored) in noted {
            if let Some(known) = self.metrics.get_mut(id) {
                known.noted = Some(stored.last);
            }
        }
    }

    /// What was on its way never came there.
    pub(crate) fn lost(&mut self) -> usize {
        let flying = std::mem::take(&mut self.flying);
        // Facts that went with it are written with the next.
        let unnoted = self.metrics.iter().filter(|(_, known)| known.noted.is_none());
        self.to_note.extend(unnoted.map(|(id, _)| *id));
        flying.len()
    }

    /// What is not stored yet: on its way, and waiting.
    pub(crate) fn unstored(&self) -> impl Iterator<Item = (&Key, &Rollup)> {
        self.flying.iter().chain(&self.pending)
    }

    /// Whether all is stored.
    pub(crate) fn is_settled(&self) -> bool {
        self.pending.is_empty() && self.flying.is_empty()
    }

    /// Forgets the metrics of which nothing was put since then; their numbers.
    pub(crate) fn forget(&mut self, before: Minute) -> Vec<MetricId> {
        let is_old = |known: &Known| known.last < before;
        let old: Vec<_> =
            self.metrics.iter().filter(|(_, it)| is_old(it)).map(|(id, _)| *id).collect();
        for id in &old {
            let Some(known) = self.metrics.remove(id) else { continue };
            self.to_note.remove(id);
            self.bytes = self.bytes.saturating_sub(known.name.bytes());
            self.of_services -= usize::from(known.name.is_of_service());
            if let Some(units) = self.names.get_mut(&known.name) {
                units.retain(|(_, kept)| kept != id);
                if units.is_empty() {
                    self.names.remove(&known.name);
                }
            }
        }
        old
    }
}
