//! Which shards are read when: parents before their children (pure).
//!
//! A shard that was split or merged ends, and its children begin where it ended; records with one key are in order
//! only if the parent is read to its end before a child is begun. A child of two parents waits for both.

use std::collections::BTreeMap;

use domain::HashRange;

use crate::client::{Shard, Start};

/// All shards that were seen.
#[derive(Debug, Default)]
pub(super) struct Lineage {
    shards: BTreeMap<String, Known>,
}

#[derive(Debug)]
struct Known {
    parents: Vec<String>,
    range: HashRange,
    is_closed: bool,
    start: Start,
    progress: Progress,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Waiting,
    Reading,
    Ended,
}

/// A shard whose turn it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ready {
    pub(super) shard: String,
    pub(super) range: HashRange,
    pub(super) start: Start,
    pub(super) is_closed: bool,
}

impl Lineage {
    /// The shards that there are, to be read from `start`. Whoever begins with what comes next needs no shard that
    /// takes nothing any more.
    pub(super) fn begin(shards: &[Shard], start: &Start) -> Self {
        let mut lineage = Self::default();
        for shard in shards {
            let is_past = *start == Start::Latest && !shard.is_open();
            let progress = if is_past { Progress::Ended } else { Progress::Waiting };
            lineage.add(shard, start.clone(), progress);
        }
        lineage
    }

    /// Only these shards, whatever they come from.
    pub(super) fn only(shards: &[Shard], wanted: &[String], start: &Start) -> Self {
        let mut lineage = Self::default();
        for shard in shards.iter().filter(|shard| wanted.contains(&shard.shard_id)) {
            lineage.add(shard, start.clone(), Progress::Waiting);
        }
        lineage
    }

    /// Takes note of shards that were made since. Who began at a moment begins there in them, too: it may be later
    /// than they are; others begin at their first record.
    pub(super) fn learn(&mut self, shards: &[Shard], start: &Start) {
        let start = match start {
            Start::At(moment) => Start::At(*moment),
            Start::Latest | Start::TrimHorizon | Start::After(_) => Start::TrimHorizon,
        };
        for shard in shards {
            if !self.shards.contains_key(&shard.shard_id) {
                self.add(shard, start.clone(), Progress::Waiting);
            }
        }
    }

    fn add(&mut self, shard: &Shard, start: Start, progress: Progress) {
        let parents = shard.parents().map(str::to_owned).collect();
        let (range, is_closed) = (shard.range(), !shard.is_open());
        let known = Known { parents, range, is_closed, start, progress };
        self.shards.insert(shard.shard_id.clone(), known);
    }

    /// Notes that a shard was read to its end.
    pub(super) fn end(&mut self, shard: &str) {
        if let Some(known) = self.shards.get_mut(shard) {
            known.progress = Progress::Ended;
        }
    }

    /// The shards whose turn it is now; each is given once. A parent that nobody knows has expired.
    pub(super) fn ready(&mut self) -> Vec<Ready> {
        let is_over = |parent: &String| {
            self.shards.get(parent).is_none_or(|known| known.progress == Progress::Ended)
        };
        let is_due = |known: &Known| {
            known.progress == Progress::Waiting && known.parents.iter().all(is_over)
        };
        let due = self.shards.iter().filter(|(_, known)| is_due(known));
        let ready: Vec<Ready> = due
            .map(|(shard, known)| Ready {
                shard: shard.clone(),
                range: known.range,
                start: known.start.clone(),
                is_closed: known.is_closed,
            })
            .collect();
        for Ready { shard, .. } in &ready {
            if let Some(known) = self.shards.get_mut(shard) {
                known.progress = Progress::Reading;
            }
        }
        ready
    }
}

#[cfg(test)]
mod tests {
    use domain::Millis;
    use serde_json::json;

    use super::*;

    fn shard(id: &str, parents: &[&str], is_open: bool) -> Shard {
        let told = json!({
            "ShardId": id, "ParentShardId": parents.first(), "AdjacentParentShardId": parents.get(1),
            "HashKeyRange": { "StartingHashKey": "0", "EndingHashKey": "9" },
            "SequenceNumberRange": {
                "StartingSequenceNumber": "49", "EndingSequenceNumber": (!is_open).then_some("50"),
            },
        });
        serde_json::from_value(told).unwrap()
    }

    /// `a` was split into `b` and `c`, which were merged into `d`; `e` was always there.
    fn family() -> Vec<Shard> {
        vec![
            shard("a", &["expired"], false),
            shard("b", &["a"], false),
            shard("c", &["a"], false),
            shard("d", &["b", "c"], true),
            shard("e", &[], true),
        ]
    }

    fn names(lineage: &mut Lineage) -> Vec<String> {
        lineage.ready().into_iter().map(|ready| ready.shard).collect()
    }

    #[test]
    fn parents_come_before_their_children_and_a_child_waits_for_both() {
        let mut lineage = Lineage::begin(&family(), &Start::TrimHorizon);
        assert_eq!(names(&mut lineage), ["a", "e"]);
        assert!(names(&mut lineage).is_empty(), "each is given once");
        lineage.end("a");
        assert_eq!(names(&mut lineage), ["b", "c"]);
        lineage.end("b");
        assert!(names(&mut lineage).is_empty(), "`c` is not read yet");
        lineage.end("c");
        assert_eq!(names(&mut lineage), ["d"]);
    }

    #[test]
    fn what_comes_next_comes_in_open_shards_and_in_those_made_later() {
        let mut lineage = Lineage::begin(&family(), &Start::Latest);
        let ready = lineage.ready();
        let starts: Vec<_> = ready.iter().map(|it| (&*it.shard, &it.start)).collect();
        assert_eq!(starts, [("d", &Start::Latest), ("e", &Start::Latest)]);
        let mut later = family();
        later.push(shard("f", &["d", "e"], true));
        lineage.end("d");
        lineage.learn(&later, &Start::Latest);
        assert!(names(&mut lineage).is_empty());
        lineage.end("e");
        let ready = lineage.ready();
        assert_eq!((&*ready[0].shard, &ready[0].start), ("f", &Start::TrimHorizon));
        lineage.learn(&later, &Start::Latest);
        assert!(names(&mut lineage).is_empty());
    }

    #[test]
    fn a_moment_holds_for_children_too() {
        let start = Start::At(Millis(5));
        let mut lineage = Lineage::begin(&[shard("a", &[], true)], &start);
        assert_eq!(lineage.ready()[0].start, start);
        lineage.end("a");
        lineage.learn(&[shard("b", &["a"], true)], &start);
        assert_eq!(lineage.ready()[0].start, start);
    }

    #[test]
    fn shards_that_were_named_wait_for_nobody() {
        let wanted = ["d".to_owned(), "b".to_owned()];
        let mut lineage = Lineage::only(&family(), &wanted, &Start::Latest);
        assert_eq!(names(&mut lineage), ["b"], "`d` comes after `b`, which was named, too");
        lineage.end("b");
        assert_eq!(names(&mut lineage), ["d"]);
    }
}
