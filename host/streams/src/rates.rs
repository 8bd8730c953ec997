//! How often operations may be called, apart from what shards take and give: by an account in a region, or about one
//! stream.
//!
//! A bucket holds a second's worth, so that a small burst passes. One that is full again makes no difference and is
//! forgotten when there are many, so what is held is what was called within a second, and never more than
//! [`HELD_MAX`].

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use domain::{AccountId, Region, StreamArn, limits};
use parking_lot::Mutex;
use stdx::{Bucket, Clock};
use wire::{Caller, Failure, Resource};

use crate::Error;
use crate::error::{Named, Paced, Quota};

/// Buckets that are held at one time; some 2 MiB. Beyond, all are forgotten, and whoever fills so many within a
/// second gets another second's worth.
const HELD_MAX: usize = 16 * 1024;

/// Calls a second of operations by an account in a region, sorted by name.
const BY_ACCOUNT: [(&str, u64); 19] = [
    ("AddTagsToStream", limits::CONTROL_CALLS_PER_SECOND),
    ("CreateStream", limits::CONTROL_CALLS_PER_SECOND),
    ("DecreaseStreamRetentionPeriod", limits::CONTROL_CALLS_PER_SECOND),
    ("DeleteStream", limits::CONTROL_CALLS_PER_SECOND),
    ("DescribeAccountSettings", limits::CONTROL_CALLS_PER_SECOND),
    ("DescribeLimits", limits::DESCRIBE_LIMITS_CALLS_PER_SECOND),
    ("DescribeStream", limits::DESCRIBE_STREAM_CALLS_PER_SECOND),
    ("DescribeStreamSummary", limits::DESCRIBE_SUMMARY_CALLS_PER_SECOND),
    ("DisableEnhancedMonitoring", limits::CONTROL_CALLS_PER_SECOND),
    ("EnableEnhancedMonitoring", limits::CONTROL_CALLS_PER_SECOND),
    ("IncreaseStreamRetentionPeriod", limits::CONTROL_CALLS_PER_SECOND),
    ("ListStreams", limits::CONTROL_CALLS_PER_SECOND),
    ("ListTagsForStream", limits::CONTROL_CALLS_PER_SECOND),
    ("MergeShards", limits::CONTROL_CALLS_PER_SECOND),
    ("RemoveTagsFromStream", limits::CONTROL_CALLS_PER_SECOND),
    ("SplitShard", limits::CONTROL_CALLS_PER_SECOND),
    ("UpdateAccountSettings", limits::CONTROL_CALLS_PER_SECOND),
    ("UpdateShardCount", limits::UPDATE_SHARD_COUNT_CALLS_PER_SECOND),
    ("UpdateStreamWarmThroughput", limits::CONTROL_CALLS_PER_SECOND),
];
/// The same about one stream.
const BY_STREAM: [(&str, u64); 5] = [
    ("DeregisterStreamConsumer", limits::CONTROL_CALLS_PER_SECOND),
    ("DescribeStreamConsumer", limits::DESCRIBE_CONSUMER_CALLS_PER_SECOND),
    ("ListShards", limits::LIST_SHARDS_CALLS_PER_SECOND),
    ("ListStreamConsumers", limits::CONTROL_CALLS_PER_SECOND),
    ("RegisterStreamConsumer", limits::CONTROL_CALLS_PER_SECOND),
];

/// The same of operations of our own by an account, wherever: what these look at lies in all regions together.
const OWN_BY_ACCOUNT: [(&str, u64); 1] = [("GetUsage", limits::GET_USAGE_CALLS_PER_SECOND)];

/// Whose calls are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Whose {
    Account(AccountId, Region),
    /// In all regions.
    Everywhere(AccountId),
    /// The stream's ARN.
    Stream(String),
}

/// How often operations of streams are called.
pub struct CallRates {
    clock: Arc<dyn Clock>,
    held: Mutex<HashMap<(&'static str, Whose), Bucket>>,
}

impl CallRates {
    /// Nothing called yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, held: Mutex::default() }
    }

    /// Lets a call go on, unless there were too many of its kind within a second. Which operation it is follows from the
    /// action of the first resource; calls of other services than Kinesis and our own always go on.
    ///
    /// # Errors
    /// `LimitExceededException`.
    pub fn pace(&self, caller: &Caller, asked: &[Resource]) -> Result<(), Failure> {
        let taken = asked.first().map_or(Ok(()), |asked| self.take(caller, asked));
        taken.map_err(|paced| Error::Quota(Quota::Rate(paced)).into())
    }

    fn take(&self, caller: &Caller, asked: &Resource) -> Result<(), Paced> {
        let Some(operation) = asked.action.strip_prefix("kinesis:") else {
            return self.take_own(caller, asked);
        };
        let exceeded = |arn: &str| stream_of(arn).unwrap_or(Paced::Account(caller.account));
        if let Some((name, rate)) = rate_of(&BY_ACCOUNT, operation) {
            let whose = Whose::Account(caller.account, caller.region.clone());
            return match self.take_one(name, whose, rate) {
                true => Ok(()),
                false => Err(exceeded(&asked.arn)),
            };
        }
        let Some((name, rate)) = rate_of(&BY_STREAM, operation) else {
            return Ok(());
        };
        // Consumers are counted by their stream.
        let stream = asked.arn.split("/consumer/").next().unwrap_or_default();
        match self.take_one(name, Whose::Stream(stream.to_owned()), rate) {
            true => Ok(()),
            false => Err(exceeded(stream)),
        }
    }

    fn take_own(&self, caller: &Caller, asked: &Resource) -> Result<(), Paced> {
        let operation = asked.action.strip_prefix("shardmill:");
        match operation.and_then(|operation| rate_of(&OWN_BY_ACCOUNT, operation)) {
            Some((name, rate)) if !self.take_one(name, Whose::Everywhere(caller.account), rate) => {
                Err(Paced::Account(caller.account))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn take_one(&self, name: &'static str, whose: Whose, rate: u64) -> bool {
        let now = self.clock.monotonic();
        let mut held = self.held.lock();
        if held.len() >= HELD_MAX {
            held.retain(|_, bucket| !bucket.is_full(now));
        }
        if held.len() >= HELD_MAX {
            held.clear();
        }
        held.entry((name, whose)).or_insert_with(|| Bucket::full(rate, now)).take(1, now)
    }
}

fn rate_of(rates: &[(&'static str, u64)], operation: &str) -> Option<(&'static str, u64)> {
    let at = rates.binary_search_by(|(name, _)| (*name).cmp(operation)).ok()?;
    rates.get(at).copied()
}

fn stream_of(arn: &str) -> Option<Paced> {
    let StreamArn { account, name, .. } = arn.parse().ok()?;
    Some(Paced::Stream(Named { account, stream: name.to_string() }))
}

impl fmt::Debug for CallRates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallRates").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use domain::Millis;
    use stdx::ManualClock;
    use wire::Origin;

    use super::*;

    fn caller(region: &str) -> Caller {
        Caller {
            account: AccountId::DEV,
            region: region.parse().unwrap(),
            principal: String::new(),
            access_key_id: String::new(),
            origin: Origin::default(),
            request_id: String::new(),
        }
    }

    fn arn(name: u64) -> String {
        format!("arn:aws:kinesis:us-east-1:000000000000:stream/{name}")
    }

    fn rates() -> (CallRates, ManualClock) {
        let clock = ManualClock::at(Millis(0));
        (CallRates::new(Arc::new(clock.clone())), clock)
    }

    #[test]
    fn rates_are_of_operations_and_sorted() {
        for table in [&BY_ACCOUNT[..], &BY_STREAM] {
            assert!(table.is_sorted_by_key(|(name, _)| *name));
        }
        for (name, _) in BY_ACCOUNT.into_iter().chain(BY_STREAM) {
            let known = crate::ops::OPERATIONS.iter().any(|entry| entry.info.name == name);
            assert!(known, "{name}");
        }
        for (name, _) in OWN_BY_ACCOUNT {
            let known = crate::ops::OWN_OPERATIONS.iter().any(|entry| entry.info.name == name);
            assert!(known, "{name}");
        }
    }

    #[test]
    fn usage_is_asked_for_five_times_a_second_whatever_the_region() {
        let (rates, clock) = rates();
        let arn = "arn:aws:shardmill::000000000000:usage/000000000000".to_owned();
        let asked = [Resource::new("shardmill:GetUsage", arn)];
        let passed =
            |region: &str| (0..4).filter(|_| rates.pace(&caller(region), &asked).is_ok()).count();
        assert_eq!((passed("us-east-1"), passed("eu-west-1")), (4, 1));
        let failure = rates.pace(&caller("a-1"), &asked).unwrap_err();
        assert_eq!((failure.status, &*failure.code), (400, "LimitExceededException"));
        clock.advance(1000);
        assert_eq!(passed("a-1"), 4);
    }

    #[test]
    fn a_seconds_worth_passes_at_once_and_the_rest_as_it_comes() {
        let (rates, clock) = rates();
        let (here, there) = (caller("us-east-1"), caller("eu-west-1"));
        let create = Resource::new("kinesis:CreateStream", arn(11));
        let passed =
            |caller: &Caller| (0..9).filter(|_| rates.take(caller, &create).is_ok()).count();
        assert_eq!(passed(&here), 5);
        assert_eq!(passed(&there), 5, "regions are apart");
        clock.advance(199);
        let told = rates.take(&here, &create).unwrap_err().to_string();
        assert_eq!(told, "Rate exceeded for stream 11 under account 000000000000.");
        clock.advance(1);
        assert_eq!(passed(&here), 1);
        clock.advance(60_000);
        assert_eq!(passed(&here), 5);
        let any = Resource::any("kinesis:DescribeLimits");
        assert_eq!(rates.take(&here, &any), Ok(()));
        let told = rates.take(&here, &any).unwrap_err().to_string();
        assert_eq!(told, "Rate exceeded for account 000000000000.");
        for free in ["kinesis:TagResource", "kinesis:PutRecord", "lambda:CreateStream"] {
            let asked = Resource::new(free, arn(1));
            assert!((0..1000).all(|_| rates.take(&here, &asked).is_ok()), "{free}");
        }
    }

    #[test]
    fn what_a_call_asks_about_first_is_what_it_is() {
        let (rates, _) = rates();
        let asked = ["kinesis:CreateStream", "kinesis:AddTagsToStream"];
        let asked = asked.map(|action| Resource::new(action, arn(1)));
        let caller = caller("us-east-1");
        assert_eq!((0..9).filter(|_| rates.pace(&caller, &asked).is_ok()).count(), 5);
        let failure = rates.pace(&caller, &asked).unwrap_err();
        assert_eq!((failure.status, &*failure.code), (400, "LimitExceededException"));
        assert!(rates.pace(&caller, &asked[1..]).is_ok());
        assert!(rates.pace(&caller, &[]).is_ok());
    }

    #[test]
    fn streams_are_apart_and_what_is_held_is_bounded() {
        let (rates, clock) = rates();
        let caller = caller("us-east-1");
        let take = |id| {
            let asked = Resource::new("kinesis:ListStreamConsumers", arn(id));
            rates.take(&caller, &asked).is_ok()
        };
        assert_eq!((0..9).filter(|_| take(1)).count(), 5);
        for id in 2..=HELD_MAX as u64 * 2 {
            assert!(take(id));
            assert!(rates.held.lock().len() <= HELD_MAX);
        }
        // Those of a second ago are full again and go.
        clock.advance(1000);
        (0..HELD_MAX as u64).for_each(|id| assert!(take(id)));
        assert!(rates.held.lock().len() <= HELD_MAX);
    }

    #[test]
    fn consumers_are_counted_by_their_stream() {
        let (rates, _) = rates();
        let take = |number: u64| {
            let consumer = format!("{}/consumer/c-{number}:1", arn(7));
            let asked = Resource::new("kinesis:DeregisterStreamConsumer", consumer);
            rates.take(&caller("us-east-1"), &asked)
        };
        assert_eq!((0..9).filter(|number| take(*number).is_ok()).count(), 5);
        let told = take(10).unwrap_err().to_string();
        assert_eq!(told, "Rate exceeded for stream 7 under account 000000000000.");
    }
}
