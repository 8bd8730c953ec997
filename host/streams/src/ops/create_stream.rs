//! CreateStream: makes a stream with its first shards and tags.

use domain::{StreamMode, StreamName, limits};
use serde::Deserialize;
use wire::shape::{Int, Structure, Tags, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use super::add_tags_to_stream::AddTagsToStream;
use super::shapes::ModeDetails;
use super::tags;
use super::target::{Target, arn_of};
use super::update_stream_record_distribution_strategy::{STRATEGIES, spread};
use crate::error::{Invalid, Named, Unfit};
use crate::on_demand::on_demand_floor;
use crate::{Error, NewStream, Result, Streams};

pub(super) struct CreateStream;

impl Operation for CreateStream {
    const NAME: &str = "CreateStream";
    const ACTION: &str = "kinesis:CreateStream";
    const AUDITED: &[&str] =
        &["StreamName", "ShardCount", "StreamModeDetails.StreamMode", "MaxRecordSizeInKiB"];
    const DIFFERS: &str = "The stream is ACTIVE when the call returns, with all the shards that \
        WarmThroughputMiBps asks for. Without limits, account quotas are off, and warm throughput \
        needs no commitment.";
    type Service = Streams;
    type Input<'a> = Input<'a>;
    type Output = ();
    type Error = Error;

    async fn resources(
        _: &Streams,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        let name = input.stream_name.as_ref();
        let arn = name.map_or_else(|| "*".to_owned(), |name| arn_of(caller, name.as_str()));
        let tags = || tags::pairs(input.tags.as_ref());
        let mut asked = vec![Resource::new(Self::ACTION, arn.clone()).bringing(tags())];
        // Whoever brings tags must be allowed to tag as well (Kinesis API reference, CreateStream).
        if tags().next().is_some() {
            asked.push(Resource::new(AddTagsToStream::ACTION, arn).bringing(tags()));
        }
        Ok(asked)
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<()> {
        let mode = input.mode()?;
        input.check_on_demand(mode)?;
        let warm_mib = input.warm_mib(streams, caller)?;
        let shards = input.shards(mode, warm_mib)?;
        let name = input.name()?;
        let stream = Named { account: caller.account, stream: name.to_string() };
        let new = NewStream {
            account: caller.account,
            region: caller.region.clone(),
            name,
            mode,
            shards,
            record_kib_max: positive(input.max_record_size_in_kib)
                .unwrap_or(limits::RECORD_KIB_DEFAULT),
            spread: spread(input.record_distribution_strategy.as_ref()).unwrap_or_default(),
            warm_mib,
            tags: tags::owned(input.tags, || stream)?,
        };
        streams.create_stream(new).await
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    shard_count: Option<Int>,
    #[serde(borrow)]
    stream_name: Option<Text<'a>>,
    #[serde(borrow)]
    stream_mode_details: Option<Structure<ModeDetails<'a>>>,
    #[serde(borrow)]
    tags: Option<Tags<'a>>,
    #[serde(rename = "WarmThroughputMiBps")]
    warm_throughput: Option<Int>,
    #[serde(rename = "MaxRecordSizeInKiB")]
    max_record_size_in_kib: Option<Int>,
    #[serde(borrow)]
    record_distribution_strategy: Option<Text<'a>>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        let number = |it: Option<Int>| it.map(|Int(number)| number);
        let shards_max = limits::CREATE_SHARDS_MAX.into();
        checks.number("shardCount", number(self.shard_count), 1, shards_max);
        Target::new(&self.stream_name, &None).check_name(checks);
        if let Some(Structure(details)) = &self.stream_mode_details {
            details.check(checks);
        }
        tags::check(checks, self.tags.as_ref());
        let warm = number(self.warm_throughput);
        checks.number("warmThroughputMiBps", warm, 0, i64::MAX);
        let kib = number(self.max_record_size_in_kib);
        let (least, most) = (limits::RECORD_KIB_DEFAULT, limits::RECORD_KIB_MAX);
        checks.number("maxRecordSizeInKiB", kib, least.into(), most.into());
        let strategy = self.record_distribution_strategy.as_ref().map(Text::as_str);
        checks.choice("recordDistributionStrategy", strategy, &STRATEGIES);
    }
}

impl Input<'_> {
    fn name(&self) -> Result<StreamName> {
        let name = self.stream_name.as_ref().map_or("", Text::as_str);
        // It satisfied the pattern; were it not a name, it would be that of no stream.
        name.parse().map_err(|_invalid| {
            Error::Invalid(Invalid::Unsupported {
                what: "StreamName",
                instead: "names have 1 to 128 letters, digits, '_', '.' and '-'",
            })
        })
    }

    /// The mode; a stream whose shards nobody counted finds their number itself.
    fn mode(&self) -> Result<StreamMode> {
        let details = self.stream_mode_details.as_ref();
        let mode = details.and_then(|Structure(it)| it.mode());
        match (mode, self.shard_count) {
            (Some("ON_DEMAND"), Some(_)) => Err(Error::Invalid(Invalid::ShardCountGiven)),
            (Some("ON_DEMAND") | None, None) => Ok(StreamMode::OnDemand),
            (Some(_), None) => Err(Error::Invalid(Invalid::ShardCountMissing)),
            (Some(_) | None, Some(_)) => Ok(StreamMode::Provisioned),
        }
    }

    /// What the stream is to take at any moment.
    fn warm_mib(&self, streams: &Streams, caller: &Caller) -> Result<Option<u32>> {
        let asked = self.warm_throughput.map(|Int(mib)| u32::try_from(mib).unwrap_or(u32::MAX));
        if let Some(mib) = asked {
            streams.check_warm(caller.account, &caller.region, mib)?;
        }
        Ok(asked)
    }

    fn shards(&self, mode: StreamMode, warm_mib: Option<u32>) -> Result<u32> {
        match mode {
            StreamMode::OnDemand => Ok(on_demand_floor(warm_mib)),
            StreamMode::Provisioned => {
                positive(self.shard_count).ok_or(Error::Invalid(Invalid::ShardCountMissing))
            }
        }
    }

    /// The members that only on-demand streams have.
    fn check_on_demand(&self, mode: StreamMode) -> Result<()> {
        let given = [
            (self.record_distribution_strategy.is_some(), "RecordDistributionStrategy"),
            (self.warm_throughput.is_some(), "WarmThroughputMiBps"),
        ];
        let given = given.into_iter().find(|(given, _)| *given);
        match (mode, given) {
            (StreamMode::Provisioned, Some((_, member))) => {
                Err(Error::Unfit(Unfit::OnDemandOnly(member)))
            }
            (StreamMode::Provisioned, None) | (StreamMode::OnDemand, _) => Ok(()),
        }
    }
}

fn positive(number: Option<Int>) -> Option<u32> {
    number.and_then(|Int(number)| u32::try_from(number).ok())
}
