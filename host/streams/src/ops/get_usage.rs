//! GetUsage: how much of its streams an account used. An operation of our own: AWS puts it on the bill.

use domain::{AccountId, Millis, Region, StreamName, limits};
use serde::{Deserialize, Serialize};
use wire::shape::{Int, Moment, Text};
use wire::{Caller, Check, Checks, Operation, Pattern, Resource, TextRule, Trail};

use super::Own;
use super::rules;
use super::shapes::Shown;
use crate::error::Invalid;
use crate::{Error, Result, Streams, UsageQuestion, UsedStream};

/// What a report covers if nobody says.
const SINCE_DEFAULT_MS: u64 = 24 * 3_600_000;
const ACCOUNT: TextRule = TextRule {
    min: 12,
    max: 12,
    pattern: Some(Pattern { text: r"\d{12}", matches: |text| text.parse::<AccountId>().is_ok() }),
};
/// Region, slash, name.
const MARKER: TextRule = TextRule { min: 1, max: 256, pattern: None };

pub(super) struct GetUsage;

impl Operation for GetUsage {
    const NAME: &str = "GetUsage";
    const ACTION: &str = "shardmill:GetUsage";
    const TRAIL: Trail = Trail::Read;
    type Service = Own;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(
        own: &Own,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        let callers = caller.account.to_string();
        let asked = input.account_id.as_ref().map_or(&*callers, Text::as_str);
        // That of other accounts is the operator's.
        let owner = if asked == callers { caller.account } else { own.operator };
        let arn = format!("arn:aws:shardmill::{owner}:usage/{asked}");
        Ok(vec![Resource::new(Self::ACTION, arn)])
    }

    async fn run(own: &Own, caller: &Caller, input: Self::Input<'_>) -> Result<Output> {
        let question = input.question(&own.streams, caller)?;
        let used = own.streams.usage_of(&question).await?;
        Ok(Output {
            account_id: Shown(question.account),
            is_truncated: used.has_more,
            marker: used.last_of_more().map(|last| format!("{}/{}", last.region, last.name)),
            since: question.since.into(),
            streams: used.items.into_iter().map(ShownStream::from).collect(),
            until: question.until.into(),
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    /// Whose, if not the caller's.
    #[serde(borrow)]
    account_id: Option<Text<'a>>,
    /// The hours that begin then or later, at first the last day's.
    since: Option<Moment>,
    /// The hours that begin before, at first all.
    until: Option<Moment>,
    #[serde(borrow)]
    stream_name: Option<Text<'a>>,
    /// Streams at most.
    max_items: Option<Int>,
    /// Where a page before ended.
    #[serde(borrow)]
    marker: Option<Text<'a>>,
}

impl Input<'_> {
    fn question(&self, streams: &Streams, caller: &Caller) -> Result<UsageQuestion> {
        let now = streams.clock.now();
        let account = self.account_id.as_ref().and_then(|text| text.as_str().parse().ok());
        let after = self
            .marker
            .as_ref()
            .map(|marker| marker_of(marker.as_str()).ok_or(Error::Invalid(Invalid::NextToken)));
        let limit = self.max_items.and_then(|Int(items)| usize::try_from(items).ok());
        let moment = |it: Option<Moment>| it.map(Moment::millis);
        Ok(UsageQuestion {
            account: account.unwrap_or(caller.account),
            since: moment(self.since).unwrap_or_else(|| now.minus(SINCE_DEFAULT_MS)),
            until: moment(self.until).unwrap_or(Millis(u64::MAX)).min(Millis(now.0 + 1)),
            stream: self.stream_name.as_ref().and_then(|name| name.as_str().parse().ok()),
            after: after.transpose()?,
            limit: limit.unwrap_or(limits::LIST_STREAMS_DEFAULT),
        })
    }
}

fn marker_of(text: &str) -> Option<(Region, StreamName)> {
    let (region, name) = text.split_once('/')?;
    Some((region.parse().ok()?, name.parse().ok()?))
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.text("accountId", self.account_id.as_ref().map(Text::as_str), ACCOUNT);
        checks.text("streamName", self.stream_name.as_ref().map(Text::as_str), rules::NAME);
        let items = self.max_items.map(|Int(items)| items);
        checks.number("maxItems", items, 1, limits::USAGE_PAGE_MAX as i64);
        checks.text("marker", self.marker.as_ref().map(Text::as_str), MARKER);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    account_id: Shown<AccountId>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
    since: Moment,
    streams: Vec<ShownStream>,
    until: Moment,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ShownStream {
    bytes_in: u64,
    bytes_out: u64,
    extended_retention_shard_seconds: u64,
    fan_out_bytes: u64,
    fan_out_records: u64,
    fan_out_shard_seconds: u64,
    on_demand_seconds: u64,
    put_payload_units: u64,
    records_in: u64,
    records_out: u64,
    region: Shown<Region>,
    shard_seconds: u64,
    stream_name: Shown<StreamName>,
}

impl From<UsedStream> for ShownStream {
    fn from(UsedStream { region, name, quantities }: UsedStream) -> Self {
        Self {
            bytes_in: quantities.bytes_in,
            bytes_out: quantities.bytes_out,
            extended_retention_shard_seconds: quantities.extended_ms / 1000,
            fan_out_bytes: quantities.fan_out_bytes,
            fan_out_records: quantities.fan_out_records,
            fan_out_shard_seconds: quantities.fan_out_ms / 1000,
            on_demand_seconds: quantities.on_demand_ms / 1000,
            put_payload_units: quantities.payload_units_in,
            records_in: quantities.records_in,
            records_out: quantities.records_out,
            region: Shown(region),
            shard_seconds: quantities.shard_ms / 1000,
            stream_name: Shown(name),
        }
    }
}
