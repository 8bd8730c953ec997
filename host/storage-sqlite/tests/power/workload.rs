//! A workload drawn from a seed: what a busy store sees in its life, three hundred steps of it, with the
//! state after each. Every answer is checked against what the ledger foretells.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::join_all;
use storage::frame::Codec;
use storage::{Blob, CommitId, Digest, Expect, Log, LogId, Position, Store};
use storage_sqlite::Sqlite;

use crate::bed::{Bed, Opened};
use crate::disk::{Event, Known};
use crate::draw::Draw;
use crate::ledger::{Plan, State};

/// What happened, and what must be found after a crash at any point of it.
pub(crate) struct Story {
    pub(crate) events: Vec<Event>,
    pub(crate) states: Vec<State>,
    /// Every log that ever was.
    pub(crate) logs: Vec<LogId>,
}

/// Plays `steps` steps.
pub(crate) async fn play(seed: u64, steps: usize) -> Story {
    let bed = Bed::watched().copying();
    bed.disk().record();
    let known = Known::default();
    let opened = bed.open().unwrap();
    let mut play = Play {
        draw: Draw::new(seed),
        states: vec![State::default()],
        logs: Vec::new(),
        producer: 0,
        ordinal: 0,
        last_named: None,
        known,
        opened: Some(opened),
        bed: &bed,
    };
    play.opened();
    play.producer = play.ids(1).await;
    for _ in 0..steps {
        play.step().await;
    }
    let Play { states, logs, opened, .. } = play;
    assert!(opened.expect("open at every end of a step").close().await);
    Story { events: bed.disk().recorded(), states, logs }
}

struct Play<'a> {
    draw: Draw,
    states: Vec<State>,
    logs: Vec<LogId>,
    producer: u64,
    ordinal: u64,
    last_named: Option<Plan>,
    known: Known,
    opened: Option<Opened>,
    bed: &'a Bed,
}

impl Play<'_> {
    async fn step(&mut self) {
        match self.draw.below(100) {
            _ if self.logs.is_empty() => self.create().await,
            0..6 => self.create().await,
            6..36 => self.append().await,
            36..52 => self.together().await,
            52..66 => self.facts().await,
            66..72 => self.repeat().await,
            72..80 => self.trim().await,
            80..84 => self.delete().await,
            84..87 => self.end().await,
            87..91 => self.blob().await,
            91..94 => drop(self.ids(3).await),
            94..96 => self.delete_blob().await,
            _ => self.reopen().await,
        }
    }

    fn store(&self) -> Arc<Sqlite> {
        let opened = self.opened.as_ref().expect("open at every end of a step");
        Arc::clone(&opened.store)
    }

    fn last(&self) -> &State {
        self.states.last().expect("there is one from the start")
    }

    /// Notes a state that is asked for from now on.
    fn ask(&mut self, state: State) {
        self.states.push(state);
        self.known.asked = self.states.len() - 1;
        self.bed.disk().note(self.known);
    }

    /// Everything that was asked for was acknowledged.
    fn acknowledged(&mut self) {
        self.known.acknowledged = self.known.asked;
        self.bed.disk().note(self.known);
    }

    /// Commits that wait together.
    async fn commit(&mut self, plans: Vec<Plan>) {
        let first = self.states.len();
        let term = self.store().term();
        for plan in &plans {
            let mut state = self.last().clone();
            assert!(state.commit(plan, term).is_some());
            self.ask(state);
        }
        let store = self.store();
        let commits = plans.iter().map(|plan| store.commit(plan.commit.clone()));
        for (number, (plan, done)) in plans.iter().zip(join_all(commits).await).enumerate() {
            let done = done.unwrap();
            let state = &self.states[first + number];
            for (log, end) in plan.commit.end_logs.iter().zip(&done.ended) {
                assert_eq!(state.logs[log].ended, Some(*end));
            }
            for (append, done) in plan.commit.appends.iter().zip(&done.appends) {
                if let Some(book) = state.logs.get(&append.log) {
                    let at = usize::try_from(done.first.offset).unwrap();
                    assert_eq!(book.records[at].position, done.first);
                }
            }
            for state in &mut self.states[first + number..] {
                for write in &plan.commit.facts {
                    if let Some(fact) = state.facts.get_mut(&write.key) {
                        fact.version = Some(done.version);
                    }
                }
            }
        }
        self.acknowledged();
    }

    async fn ids(&mut self, count: u64) -> u64 {
        let mut state = self.last().clone();
        state.next_id += count;
        self.ask(state);
        let first = self.store().new_ids(count).await.unwrap();
        assert!(first >= self.states[self.states.len() - 2].next_id);
        self.states.last_mut().unwrap().next_id = first + count;
        self.acknowledged();
        first
    }

    async fn create(&mut self) {
        let count = 1 + self.draw.below(3) as u64;
        let first = self.ids(count).await;
        let mut plan = Plan::new();
        plan.commit.create_logs = (first..first + count).map(LogId).collect();
        self.logs.extend(&plan.commit.create_logs);
        self.commit(vec![plan]).await;
    }

    /// A log that is there.
    fn log(&mut self) -> Option<LogId> {
        let logs: Vec<LogId> = self.last().logs.keys().copied().collect();
        self.draw.of(&logs).copied()
    }

    /// A log that takes records.
    fn open_log(&mut self) -> Option<LogId> {
        let logs = self.last().logs.iter().filter(|(_, book)| book.ended.is_none());
        let logs: Vec<LogId> = logs.map(|(log, _)| *log).collect();
        self.draw.of(&logs).copied()
    }

    fn records(&mut self) -> Vec<(Bytes, Bytes)> {
        let (count, bytes) = match self.draw.below(120) {
            // More than a frame holds.
            0 => (4100, 3),
            // A frame of its own.
            1 => (1, 600_000),
            2..12 => (30, 1000),
            _ => (1 + self.draw.below(5), self.draw.below(400)),
        };
        let record = |_| {
            let key = Bytes::from(format!("key-{}", self.draw.below(9)));
            let mut data = self.draw.bytes(bytes);
            // So that compression has something to do.
            data.chunks_mut(64).for_each(|chunk| chunk.iter_mut().skip(24).for_each(|it| *it = 0));
            (key, Bytes::from(data))
        };
        (0..count).map(record).collect()
    }

    fn appends(&mut self, plan: &mut Plan) {
        for _ in 0..1 + self.draw.below(3) {
            if let Some(log) = self.open_log() {
                let records = self.records();
                let codec = if self.draw.percent(50) { Codec::Lz4 } else { Codec::None };
                plan.append_with(codec, log, records);
            }
        }
    }

    async fn append(&mut self) {
        let mut plan = Plan::new();
        self.appends(&mut plan);
        if self.draw.percent(30) {
            self.ordinal += 1;
            let (producer, ordinal) = (self.producer, self.ordinal);
            plan.commit.id = Some(CommitId { producer, generation: 0, ordinal });
            self.last_named = Some(plan.clone());
        }
        self.commit(vec![plan]).await;
    }

    /// Several commits at once, which may share a group.
    async fn together(&mut self) {
        let mut plans = Vec::new();
        for number in 0..2 + self.draw.below(3) {
            let mut plan = Plan::new();
            self.appends(&mut plan);
            let key = Bytes::from(format!("together-{number}"));
            let value = Bytes::from(self.draw.bytes(40));
            plan.fact(key, Some(value), Expect::Anything);
            plans.push(plan);
        }
        self.commit(plans).await;
    }

    /// Facts with expectations, half of the time wrong ones.
    async fn facts(&mut self) {
        let key = Bytes::from(format!("fact-{}", self.draw.below(8)));
        let known = self.last().facts.get(&key).and_then(|fact| fact.version);
        let expect = match self.draw.below(4) {
            0 => Expect::Anything,
            1 => Expect::Version(1),
            _ => known.map_or(Expect::Absent, Expect::Version),
        };
        let length = [10, 300, 20_000][self.draw.below(3)];
        let value = self.draw.percent(75).then(|| Bytes::from(self.draw.bytes(length)));
        let mut plan = Plan::new();
        plan.fact(key, value, expect);
        self.appends(&mut plan);
        let term = self.store().term();
        if self.last().clone().commit(&plan, term).is_some() {
            self.commit(vec![plan]).await;
        } else {
            let refused = self.store().commit(plan.commit).await.unwrap_err();
            assert_eq!(refused.kind(), storage::Kind::Conflict);
        }
    }

    /// The newest commit with an id once more, which changes nothing.
    async fn repeat(&mut self) {
        if let Some(plan) = &self.last_named {
            self.store().commit(plan.commit.clone()).await.unwrap();
        }
    }

    async fn trim(&mut self) {
        let Some(log) = self.log() else { return };
        let book = Arc::clone(&self.last().logs[&log]);
        let bounds = self.store().bounds(log).await.unwrap();
        let some = self.draw.of(book.visible()).map(|entry| entry.position);
        let before: Position = some.filter(|_| self.draw.percent(70)).unwrap_or(bounds.next);
        let mut state = self.last().clone();
        state.trim(log, before);
        self.ask(state);
        self.store().trim(log, before).await.unwrap();
        self.acknowledged();
    }

    async fn delete(&mut self) {
        let Some(log) = self.log() else { return };
        let mut plan = Plan::new();
        plan.commit.delete_logs.push(log);
        self.commit(vec![plan]).await;
    }

    /// A log ends behind its last records, and another begins.
    async fn end(&mut self) {
        let Some(log) = self.log() else { return };
        let child = LogId(self.ids(1).await);
        let mut plan = Plan::new();
        self.appends(&mut plan);
        plan.commit.end_logs.push(log);
        plan.commit.create_logs.push(child);
        self.logs.push(child);
        self.commit(vec![plan]).await;
    }

    /// A blob, and then a fact that names it.
    async fn blob(&mut self) {
        let length = [0, 100, 30_000][self.draw.below(3)];
        let bytes = Bytes::from(self.draw.bytes(length));
        let mut state = self.last().clone();
        state.blobs.insert(Digest::of(&bytes), bytes.clone());
        self.ask(state);
        let digest = self.store().put_blob(bytes).await.unwrap();
        self.acknowledged();
        let mut plan = Plan::new();
        let name = Bytes::from(digest.to_string());
        plan.fact(Bytes::from_static(b"blob"), Some(name), Expect::Anything);
        self.commit(vec![plan]).await;
    }

    /// A blob that was deleted may come back, as litter, but need not.
    async fn delete_blob(&mut self) {
        let blobs: Vec<Digest> = self.last().blobs.keys().copied().collect();
        let Some(digest) = self.draw.of(&blobs).copied() else { return };
        let mut state = self.last().clone();
        state.blobs.remove(&digest);
        self.ask(state);
        self.store().delete_blob(digest).await.unwrap();
        self.acknowledged();
    }

    async fn reopen(&mut self) {
        let before = self.store().term();
        let opened = self.opened.take().expect("open at every end of a step");
        assert!(opened.close().await);
        self.opened = Some(self.bed.open().unwrap());
        assert!(self.store().term() > before);
        self.opened();
    }

    /// From here on positions may be given in this term.
    fn opened(&mut self) {
        self.known.term = self.store().term().0;
        self.bed.disk().note(self.known);
    }
}
