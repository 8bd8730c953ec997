//! What the owner of a stream lets others do with it and with its consumers: the policies that hang on them, and what
//! such policies can speak about.

use domain::{AccountId, ConsumerArn};
use identity::policy::{PolicyError, ResourcePolicy};
use wire::{AttachedPolicy, Resource};

use super::{Stream, StreamFacts};
use crate::fanout::Consumer;

/// Actions on a stream that its policy decides about (Kinesis developer guide, sharing a stream). Everything else is
/// for the account of the stream alone, and for its own policies.
pub(crate) const STREAM_ACTIONS: [&str; 7] = [
    "kinesis:DescribeStream",
    "kinesis:DescribeStreamSummary",
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:ListShards",
    "kinesis:PutRecord",
    "kinesis:PutRecords",
];

/// The same of a registered consumer.
pub(crate) const CONSUMER_ACTIONS: [&str; 2] =
    ["kinesis:DescribeStreamConsumer", "kinesis:SubscribeToShard"];

/// Whether the policy of the resource with this ARN decides about an action.
pub fn is_shared(action: &str, arn: &str) -> bool {
    let decided: &[&str] = match arn.parse::<ConsumerArn>() {
        Ok(_) => &CONSUMER_ACTIONS,
        Err(_) => &STREAM_ACTIONS,
    };
    decided.iter().any(|shared| shared.eq_ignore_ascii_case(action))
}

/// Whether a text can hang on a resource as its policy.
pub(crate) fn check(text: &str, arn: &str, actions: &[&str]) -> Result<(), PolicyError> {
    ResourcePolicy::parse(text)?.check_scope(arn, actions)
}

/// A policy that was checked, as requests need it. One that cannot be read any more lets nobody in, so that its owner
/// finds out, and can put another one in its place.
pub(crate) fn attached(text: Option<&str>) -> Option<AttachedPolicy> {
    Some(match ResourcePolicy::parse(text?) {
        Ok(policy) => AttachedPolicy::new(policy),
        Err(error) => {
            tracing::error!(%error, "a policy of a resource that was accepted cannot be read");
            AttachedPolicy::unreadable()
        }
    })
}

impl Stream {
    /// Whether somebody of this account may find it at all: one that has no policy is nobody else's, whoever decides.
    pub(crate) fn is_found_by(&self, account: AccountId) -> bool {
        self.facts.account == account || self.policy.is_some()
    }

    /// What the policy is asked about this stream, with its tags and, where it decides about the action, its own
    /// policy.
    pub fn asked(&self, action: &'static str) -> Resource {
        let tags = self.facts.tags.iter().map(|(key, value)| (key, value));
        let StreamFacts { region, account, name, .. } = &self.facts;
        let arn = format!("arn:aws:kinesis:{region}:{account}:stream/{name}");
        let asked = Resource::new(action, arn).tagged(tags);
        match &self.policy {
            Some(policy) if STREAM_ACTIONS.contains(&action) => {
                asked.with_policy(Some(policy.clone()))
            }
            Some(_) | None => asked,
        }
    }
}

impl Consumer {
    /// Whether somebody of this account may find it at all.
    pub(crate) fn is_found_by(&self, account: AccountId) -> bool {
        self.facts.account == account || self.policy.is_some()
    }

    /// What the policy is asked about this consumer of `stream`, with its tags and, where it decides about the action,
    /// its own policy.
    pub fn asked(&self, stream: &Stream, action: &'static str) -> Resource {
        let tags = self.facts.tags.iter().map(|(key, value)| (key, value));
        let asked = Resource::new(action, self.arn(stream).to_string()).tagged(tags);
        match &self.policy {
            Some(policy) if CONSUMER_ACTIONS.contains(&action) => {
                asked.with_policy(Some(policy.clone()))
            }
            Some(_) | None => asked,
        }
    }
}
