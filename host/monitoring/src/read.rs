//! Reading: an account when it is first needed, and the minutes that questions are about.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use domain::{AccountId, limits};
use storage::{LogId, Position, ReadLimits, Scope};
use tokio::sync::Mutex as Turns;

use crate::account::{Account, State};
use crate::block::{Block, Key, MetricId};
use crate::metric::decode;
use crate::service::damaged;
use crate::window::{Points, Windows};
use crate::writer::{METRICS, NEXT, number, scope, stored_log};
use crate::{Minute, Monitoring, Result};

/// Facts read at once.
const SCAN_FACTS: usize = 256;
/// What one read brings.
const READ: ReadLimits = ReadLimits { tenant: 0, records: 64, bytes: 1024 * 1024 };
/// How much later than its minutes a block may be stored, or earlier: clients' clocks, and flushes that failed.
const SLACK_MS: u64 = limits::METRIC_FUTURE_MS + 10 * Minute::MS;

/// What is asked: these metrics as one, in these spans.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) metrics: Vec<MetricId>,
    pub(crate) windows: Windows,
    pub(crate) with_spread: bool,
}

/// A part of an account's log.
#[derive(Clone, Copy)]
struct Part {
    log: LogId,
    from: Position,
    /// What lies here or later is not shown.
    end: Position,
}

impl Monitoring {
    /// The account, loaded.
    pub(crate) async fn account(&self, id: AccountId) -> Result<Arc<Account>> {
        if let Some(known) = self.known(id) {
            return Ok(known);
        }
        let _turn = self.loading.lock().await;
        if let Some(known) = self.known(id) {
            return Ok(known);
        }
        let state = self.load(id).await?;
        let account = Arc::new(Account { id, state: state.into(), reading: Turns::default() });
        self.accounts.lock().insert(id, Arc::clone(&account));
        Ok(account)
    }

    fn known(&self, id: AccountId) -> Option<Arc<Account>> {
        let known = self.accounts.lock().get(&id).cloned()?;
        known.state.lock().used = self.around.clock.monotonic();
        Some(known)
    }

    async fn load(&self, id: AccountId) -> Result<State> {
        let store = &self.around.store;
        let mut state = State::default();
        state.used = self.around.clock.monotonic();
        let Some(log) = stored_log(&**store, id).await? else {
            return Ok(state);
        };
        let scope = scope(id);
        if let Some(next) = store.get(&scope, NEXT).await? {
            state.next = number(&next.value).map_err(|why| damaged(id, "the counter", &why))?;
        }
        self.load_metrics(id, &scope, &mut state).await?;
        state.log = Some(log);
        state.end = store.bounds(log).await?.next;
        let recent = self.around.clock.now().minus(limits::METRIC_ACTIVE_MS + Minute::MS);
        let part = Part { log, from: store.seek(log, recent).await?, end: state.end };
        self.scan(id, part, |arrived, block| {
            block.each(|_| true, |(metric, _), _| state.seen(metric, arrived))
        })
        .await?;
        Ok(state)
    }

    async fn load_metrics(&self, id: AccountId, scope: &Scope, state: &mut State) -> Result<()> {
        let mut after: Option<Bytes> = None;
        loop {
            let store = &self.around.store;
            let facts = store.scan(scope, METRICS, after.as_deref(), SCAN_FACTS).await?;
            for fact in &facts {
                let number = fact.key.strip_prefix(METRICS).and_then(|key| key.try_into().ok());
                let number = number.map(u32::from_be_bytes).ok_or("its key is too long");
                let stored = decode(&fact.value);
                let why = |why: &str| damaged(id, "a metric", why);
                let number = number.map_err(why)?;
                state.load(MetricId(number), stored.map_err(|text| why(&text))?);
                // A counter that is lost with its fact must not give numbers twice.
                state.next = state.next.max(number.saturating_add(1));
            }
            match facts.last() {
                Some(last) => after = Some(last.key.clone()),
                None => return Ok(()),
            }
        }
    }

    /// What there is of each question.
    pub(crate) async fn answer(
        &self,
        account: &Account,
        questions: &[Question],
    ) -> Result<Vec<Points>> {
        let points = |asked: &Question| Points::new(asked.windows, asked.with_spread);
        let mut answers: Vec<Points> = questions.iter().map(points).collect();
        let mut asking: HashMap<MetricId, Vec<usize>> = HashMap::new();
        for (at, question) in questions.iter().enumerate() {
            question.metrics.iter().for_each(|id| asking.entry(*id).or_default().push(at));
        }
        let mut show = |(metric, minute): Key, rollup: &crate::Rollup| {
            for at in asking.get(&metric).into_iter().flatten() {
                answers[*at].add(minute, rollup);
            }
        };
        // Taken with what is not stored yet at one moment, so that nothing is shown twice or not at all.
        let (log, end) = {
            let state = account.state.lock();
            state.unstored().for_each(|(key, rollup)| show(*key, rollup));
            (state.log, state.end)
        };
        let spans = || questions.iter().map(|asked| asked.windows);
        let (earliest, latest) = (spans().map(|it| it.start).min(), spans().map(|it| it.end).max());
        let (Some(log), Some(earliest), Some(latest)) = (log, earliest, latest) else {
            return Ok(answers);
        };
        let _turn = account.reading.lock().await;
        let _reader = self.readers.acquire().await;
        let from = self.around.store.seek(log, earliest.start().minus(SLACK_MS)).await?;
        let wanted = |(metric, minute): Key| {
            asking.contains_key(&metric) && earliest <= minute && minute < latest
        };
        self.scan(account.id, Part { log, from, end }, |_, block| {
            if block.latest < earliest || block.earliest >= latest {
                return Ok(());
            }
            block.each(wanted, |key, rollup| show(key, &rollup))
        })
        .await?;
        Ok(answers)
    }

    /// Shows the blocks of a part of a log, each with the minute of its arrival.
    async fn scan(
        &self,
        id: AccountId,
        part: Part,
        mut show: impl FnMut(Minute, Block<'_>) -> Result<(), String> + Send,
    ) -> Result<()> {
        let Part { log, mut from, end } = part;
        while from.offset < end.offset {
            let chunk = self.around.store.read(log, from, READ).await?;
            let mut next = None;
            for (position, record) in chunk.records() {
                if position.offset >= end.offset {
                    return Ok(());
                }
                let shown = Block::open(record.data)
                    .and_then(|block| show(Minute::of(record.arrival), block));
                shown.map_err(|why| damaged(id, &format!("the block at {position}"), &why))?;
                next = Some(position.next());
            }
            match next {
                Some(next) => from = next,
                None => return Ok(()),
            }
        }
        Ok(())
    }
}
