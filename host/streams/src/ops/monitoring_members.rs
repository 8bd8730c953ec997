//! The members of the two operations that change which metrics of single shards are kept.

use std::fmt;

use serde::{Deserialize, Serialize};
use wire::shape::{List, Text};
use wire::{Check, Checks};

use super::shapes::Shown;
use super::target::Target;
use crate::stream::{Monitored, Stream};

/// How many words a call may bring (Kinesis model, `MetricsNameList`).
const WORDS_MAX: usize = 7;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    stream_name: Option<Text<'a>>,
    #[serde(borrow)]
    shard_level_metrics: Option<List<Text<'a>, { WORDS_MAX + 1 }>>,
    #[serde(borrow, rename = "StreamARN")]
    stream_arn: Option<Text<'a>>,
    #[serde(borrow)]
    stream_id: Option<Text<'a>>,
}

impl Input<'_> {
    pub(super) fn target(&self) -> Target<'_> {
        Target::new(&self.stream_name, &self.stream_arn).with_id(&self.stream_id)
    }

    fn words(&self) -> impl Iterator<Item = &str> {
        self.shard_level_metrics.iter().flat_map(List::kept).flatten().map(Text::as_str)
    }

    /// The metrics that the call is about.
    pub(super) fn metrics(&self) -> Monitored {
        Monitored::of(self.words())
    }
}

/// Some words as AWS prints a list.
struct Listed<'l>(&'l [&'l str]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}]", self.0.join(", "))
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        let metrics = self.shard_level_metrics.as_ref();
        checks.required("shardLevelMetrics", metrics);
        if let Some(metrics) = metrics {
            let words: Vec<&str> = self.words().collect();
            let shown = Listed(&words);
            checks.length("shardLevelMetrics", &shown, metrics.count(), 1, WORDS_MAX);
            let is_known =
                |word: &str| word == Monitored::ALL_WORD || Monitored::NAMES.contains(&word);
            if !words.iter().all(|word| is_known(word)) {
                let names = Monitored::NAMES.join(", ");
                let set = format!(
                    "Member must satisfy constraint: [Member must satisfy enum value set: [{names}, ALL]]"
                );
                checks.broken(Some(&shown), &"shardLevelMetrics", &set);
            }
        }
        let target = self.target();
        target.check_name(checks);
        target.check_arn(checks, self.stream_id.as_ref());
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    current_shard_level_metrics: Vec<&'static str>,
    desired_shard_level_metrics: Vec<&'static str>,
    #[serde(rename = "StreamARN")]
    stream_arn: Shown<domain::StreamArn>,
    stream_name: Shown<domain::StreamName>,
}

impl Output {
    pub(super) fn new(stream: &Stream, (before, now): (Monitored, Monitored)) -> Self {
        Self {
            current_shard_level_metrics: before.names(),
            desired_shard_level_metrics: now.names(),
            stream_arn: Shown(stream.arn()),
            stream_name: Shown(stream.facts.name.clone()),
        }
    }
}
