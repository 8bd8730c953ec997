//! The members that say how a stream is mapped, which CreateEventSourceMapping and UpdateEventSourceMapping
//! share.

use domain::{StreamArn, StreamName, limits};
use serde::Deserialize;
use wasm::World;
use wire::shape::{Flag, Int, List, Structure, Text};
use wire::{Caller, Checks, Resource};

use super::function_members::refuse;
use super::given::Given;
use super::mapping_shapes::{EVENT_COUNT, REPORTS};
use super::rules;
use crate::delivery;
use crate::destination::{self, Elsewhere};
use crate::error::Invalid;
use crate::filters::Filters;
use crate::function::Function;
use crate::mapping::{Knobs, StreamRef};
use crate::roles::{FETCH, host_arn};
use crate::{Functions, Result};

/// The members, all of which may be missing.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct MappingMembers<'a> {
    #[serde(borrow)]
    pub(super) function_name: Option<Text<'a>>,
    pub(super) enabled: Option<Flag>,
    batch_size: Option<Int>,
    maximum_batching_window_in_seconds: Option<Int>,
    parallelization_factor: Option<Int>,
    maximum_retry_attempts: Option<Int>,
    maximum_record_age_in_seconds: Option<Int>,
    tumbling_window_in_seconds: Option<Int>,
    /// Our own: after how many attempts a record that fails alone is parked with its key; 0 for never.
    park_after_attempts: Option<Int>,
    #[serde(borrow)]
    destination_config: Option<Structure<DestinationConfig<'a>>>,
    bisect_batch_on_function_error: Option<Flag>,
    #[serde(borrow)]
    function_response_types: Option<List<Text<'a>, 2>>,
    #[serde(borrow)]
    filter_criteria: Option<Structure<FilterCriteria<'a>>>,
    #[serde(rename = "KMSKeyArn")]
    kms_key_arn: Given,
    #[serde(borrow)]
    metrics_config: Option<Structure<MetricsConfig<'a>>>,
    logging_config: Given,
    scaling_config: Given,
    topics: Given,
    queues: Given,
    source_access_configurations: Given,
    self_managed_event_source: Given,
    amazon_managed_kafka_event_source_config: Given,
    self_managed_kafka_event_source_config: Given,
    #[serde(rename = "DocumentDBEventSourceConfig")]
    document_db_event_source_config: Given,
    provisioned_poller_config: Given,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FilterCriteria<'a> {
    #[serde(borrow)]
    filters: Option<List<Structure<Pattern<'a>>, { limits::MAPPING_FILTERS_MAX + 1 }>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Pattern<'a> {
    #[serde(borrow)]
    pattern: Option<Text<'a>>,
}

impl FilterCriteria<'_> {
    /// The patterns. A filter without one is none, as on AWS.
    fn patterns(&self) -> impl Iterator<Item = &str> {
        let filters = self.filters.iter().flat_map(List::kept).flatten();
        filters.filter_map(|Structure(filter)| filter.pattern.as_ref().map(Text::as_str))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MetricsConfig<'a> {
    #[serde(borrow)]
    metrics: Option<List<Text<'a>, 4>>,
}

impl MetricsConfig<'_> {
    fn words(&self) -> impl Iterator<Item = Option<&str>> {
        self.metrics.iter().flat_map(List::kept).map(|it| it.as_ref().map(Text::as_str))
    }

    /// Whether records are counted. What is counted of Kafka only is refused.
    fn counts_events(&self) -> Result<bool> {
        match self.words().flatten().find(|word| *word != EVENT_COUNT) {
            Some(word) => Err(Invalid::Metric(word.to_owned()).into()),
            None => Ok(self.words().next().is_some()),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DestinationConfig<'a> {
    #[serde(borrow)]
    on_success: Option<Structure<Destination<'a>>>,
    #[serde(borrow)]
    on_failure: Option<Structure<Destination<'a>>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Destination<'a> {
    #[serde(borrow)]
    destination: Option<Text<'a>>,
}

/// Which of the two destinations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    /// Of what the function emits.
    OnSuccess,
    /// Of what is told of records that are given up.
    OnFailure,
}

/// Where something goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted<'t> {
    /// Where they went before.
    Unchanged,
    /// Nowhere.
    None,
    /// To the stream with this ARN.
    To(&'t str),
}

fn number(number: Option<Int>) -> Option<i64> {
    number.map(|Int(number)| number)
}

impl MappingMembers<'_> {
    pub(super) fn check(&self, checks: &mut Checks) {
        checks.number("batchSize", number(self.batch_size), 1, limits::MAPPING_BATCH_MAX.into());
        let window = number(self.maximum_batching_window_in_seconds);
        let window_max = limits::MAPPING_WINDOW_SECONDS_MAX.into();
        checks.number("maximumBatchingWindowInSeconds", window, 0, window_max);
        let parallel = number(self.parallelization_factor);
        let parallel_max = limits::MAPPING_PARALLEL_MAX.into();
        checks.number("parallelizationFactor", parallel, 1, parallel_max);
        if let Some(Structure(config)) = &self.destination_config {
            let of = |it: &'_ Option<Structure<Destination<'_>>>| {
                let destination = it.as_ref().and_then(|Structure(it)| it.destination.as_ref());
                destination.map(|text| text.as_str().to_owned())
            };
            let (success, failure) = (of(&config.on_success), of(&config.on_failure));
            let rule = rules::DESTINATION;
            checks.text("destinationConfig.onSuccess.destination", success.as_deref(), rule);
            checks.text("destinationConfig.onFailure.destination", failure.as_deref(), rule);
        }
        let age = number(self.maximum_record_age_in_seconds);
        let age_max = limits::MAPPING_AGE_SECONDS_MAX.into();
        checks.number("maximumRecordAgeInSeconds", age, -1, age_max);
        let retries = number(self.maximum_retry_attempts);
        checks.number("maximumRetryAttempts", retries, -1, limits::MAPPING_RETRIES_MAX.into());
        let tumbling = number(self.tumbling_window_in_seconds);
        let tumbling_max = limits::MAPPING_TUMBLING_SECONDS_MAX.into();
        checks.number("tumblingWindowInSeconds", tumbling, 0, tumbling_max);
        let parks = number(self.park_after_attempts);
        let parks_max = consumer::Settings::PARK_AFTER_MAX.into();
        checks.number("parkAfterAttempts", parks, 0, parks_max);
        let types = self.function_response_types.iter().flat_map(List::kept).enumerate();
        for (at, text) in types {
            let path = format!("functionResponseTypes.{}.member", at + 1);
            checks.choice(path, text.as_ref().map(Text::as_str), &[REPORTS]);
        }
        let metrics = self.metrics_config.iter();
        for (at, word) in metrics.flat_map(|Structure(it)| it.words()).enumerate() {
            let path = format!("metricsConfig.metrics.{}.member", at + 1);
            checks.choice(path, word, &[EVENT_COUNT, "ErrorCount", "KafkaMetrics"]);
        }
        let criteria = self.filter_criteria.iter();
        for (at, text) in criteria.flat_map(|Structure(it)| it.patterns()).enumerate() {
            let path = format!("filterCriteria.filters.{}.member.pattern", at + 1);
            checks.text(path, Some(text), rules::FILTER);
        }
    }

    /// Which records the function is to get, if the members say anything of it: criteria without filters want all.
    pub(super) fn filters(&self) -> Result<Option<Filters>> {
        let Some(Structure(criteria)) = &self.filter_criteria else { return Ok(None) };
        Ok(Some(Filters::parse(criteria.patterns())?))
    }

    /// Puts the knobs that are given into `knobs`; what is not here is refused, by name.
    pub(super) fn put(&self, knobs: &mut Knobs) -> Result<()> {
        self.refuse_what_is_not_here()?;
        let given = |it: Option<Int>| it.and_then(|Int(number)| u32::try_from(number).ok());
        knobs.batch = given(self.batch_size).unwrap_or(knobs.batch);
        knobs.window_seconds =
            given(self.maximum_batching_window_in_seconds).unwrap_or(knobs.window_seconds);
        knobs.parallel = given(self.parallelization_factor).unwrap_or(knobs.parallel);
        if let Some(Flag(bisects)) = self.bisect_batch_on_function_error {
            knobs.bisects = bisects;
        }
        if let Some(types) = &self.function_response_types {
            knobs.reports = types.kept().iter().flatten().any(|it| it.as_str() == REPORTS);
        }
        if let Some(Structure(config)) = &self.metrics_config {
            knobs.counts_events = config.counts_events()?;
        }
        // -1 is no bound.
        if self.maximum_retry_attempts.is_some() {
            knobs.retries = given(self.maximum_retry_attempts);
        }
        match number(self.maximum_record_age_in_seconds) {
            None => {}
            Some(age) if (0..limits::MAPPING_AGE_SECONDS_MIN.into()).contains(&age) => {
                return Err(Invalid::RecordAge.into());
            }
            Some(_) => knobs.age_seconds = given(self.maximum_record_age_in_seconds),
        }
        knobs.tumbling_seconds =
            given(self.tumbling_window_in_seconds).unwrap_or(knobs.tumbling_seconds);
        knobs.park_after = given(self.park_after_attempts).unwrap_or(knobs.park_after);
        if knobs.tumbling_seconds > 0 && knobs.park_after > 0 {
            return Err(Invalid::TumblingParked.into());
        }
        if knobs.tumbling_seconds > 0 && knobs.parallel > 1 {
            return Err(Invalid::TumblingParallel(knobs.parallel).into());
        }
        Ok(())
    }

    fn refuse_what_is_not_here(&self) -> Result<()> {
        let streams_only = "only Kinesis streams are event sources here; leave it out";
        refuse(&[
            (self.kms_key_arn.0, "KMSKeyArn", "filters are stored as they are; leave it out"),
            (self.logging_config.0, "LoggingConfig", streams_only),
            (self.scaling_config.0, "ScalingConfig", streams_only),
            (self.topics.0, "Topics", streams_only),
            (self.queues.0, "Queues", streams_only),
            (self.source_access_configurations.0, "SourceAccessConfigurations", streams_only),
            (self.self_managed_event_source.0, "SelfManagedEventSource", streams_only),
            (
                self.amazon_managed_kafka_event_source_config.0,
                "AmazonManagedKafkaEventSourceConfig",
                streams_only,
            ),
            (
                self.self_managed_kafka_event_source_config.0,
                "SelfManagedKafkaEventSourceConfig",
                streams_only,
            ),
            (self.document_db_event_source_config.0, "DocumentDBEventSourceConfig", streams_only),
            (self.provisioned_poller_config.0, "ProvisionedPollerConfig", streams_only),
        ])
    }

    /// Where something is to go. A configuration replaces the one before as a whole.
    fn wanted(&self, which: Which) -> Wanted<'_> {
        let Some(Structure(config)) = &self.destination_config else {
            return Wanted::Unchanged;
        };
        let destination = match which {
            Which::OnSuccess => config.on_success.as_ref(),
            Which::OnFailure => config.on_failure.as_ref(),
        };
        let text = destination.and_then(|Structure(it)| it.destination.as_ref()).map(Text::as_str);
        text.filter(|text| !text.is_empty()).map_or(Wanted::None, Wanted::To)
    }

    /// What the policy is asked about where the mapping writes to.
    pub(super) fn places_asked(&self, functions: &Functions, caller: &Caller) -> Vec<Resource> {
        let asked = [Which::OnSuccess, Which::OnFailure].map(|which| match self.wanted(which) {
            Wanted::Unchanged | Wanted::None => None,
            Wanted::To(text) => stream_asked(functions, caller, "kinesis:PutRecords", text)
                .or_else(|| place_asked(caller, text)),
        });
        asked.into_iter().flatten().collect()
    }

    /// The stream for what the function emits, if the members say anything of it; `source` is what the mapping reads.
    pub(super) fn target(
        &self,
        functions: &Functions,
        caller: &Caller,
        source: &StreamName,
    ) -> Result<Option<Option<StreamRef>>> {
        let text = match self.wanted(Which::OnSuccess) {
            Wanted::Unchanged => return Ok(None),
            Wanted::None => return Ok(Some(None)),
            Wanted::To(text) => text,
        };
        let wrong = || Invalid::Destination(text.to_owned());
        let stream = stream_ref(functions, caller, text).ok_or_else(wrong)?;
        check_end("OnSuccess", &stream, source)?;
        Ok(Some(Some(stream)))
    }

    /// The place for what is told of records that are given up, if the members say anything of it; `source` is what
    /// the mapping reads.
    pub(super) fn on_failure(
        &self,
        functions: &Functions,
        caller: &Caller,
        source: &StreamName,
    ) -> Result<Option<Option<destination::Destination>>> {
        let text = match self.wanted(Which::OnFailure) {
            Wanted::Unchanged => return Ok(None),
            Wanted::None => return Ok(Some(None)),
            Wanted::To(text) => text,
        };
        if let Some(place) = elsewhere(text)? {
            return Ok(Some(Some(place)));
        }
        let wrong = || Invalid::OnFailure(text.to_owned());
        let stream = stream_ref(functions, caller, text).ok_or_else(wrong)?;
        check_end("OnFailure", &stream, source)?;
        Ok(Some(Some(destination::Destination::Stream(stream))))
    }
}

/// Whether what a mapping writes does not come back to it: each record would make another one, without end.
fn check_end(which: &'static str, stream: &StreamRef, source: &StreamName) -> Result<()> {
    if stream.name == *source {
        return Err(Invalid::Loop { which, stream: source.to_string() }.into());
    }
    Ok(())
}

/// The stream of the caller with this ARN, as it is stored.
pub(super) fn stream_ref(functions: &Functions, caller: &Caller, arn: &str) -> Option<StreamRef> {
    let stream = own_stream(functions, caller, arn)?;
    Some(StreamRef { id: stream.facts.id, name: stream.facts.name.clone() })
}

/// The place outside of this server that a text names, if it looks like one.
pub(super) fn elsewhere(text: &str) -> Result<Option<destination::Destination>> {
    let place = Elsewhere::parse(text).transpose().map_err(Invalid::Place)?;
    Ok(place.map(destination::Destination::Elsewhere))
}

/// What the policy is asked about a place outside of this server: its caller must be allowed to send there, as well as
/// the function's role.
pub(super) fn place_asked(caller: &Caller, text: &str) -> Option<Resource> {
    Some(match Elsewhere::parse(text)?.ok()? {
        Elsewhere::Bucket(bucket) => delivery::object_asked(&bucket, delivery::PREFIX),
        Elsewhere::Endpoint(endpoint) => {
            let arn = host_arn(caller.account, &caller.region, endpoint.target());
            Resource::new(FETCH, arn)
        }
    })
}

/// Whether a function can be called as the knobs say.
pub(super) fn check_world(knobs: &Knobs, function: &Function) -> Result<()> {
    let world = function.facts.code.world;
    if knobs.tumbling_seconds > 0 && world != World::Handler {
        return Err(Invalid::TumblingWorld(function.facts.name.to_string(), world).into());
    }
    Ok(())
}

/// What the policy is asked about a stream that a mapping is to read or to write. What the mapping does is not bounded
/// by the function's role, so its maker must be allowed to do it. A stream of another account is not found anyway.
pub(super) fn stream_asked(
    functions: &Functions,
    caller: &Caller,
    action: &'static str,
    arn: &str,
) -> Option<Resource> {
    let parsed: StreamArn = arn.parse().ok()?;
    if parsed.account != caller.account {
        return None;
    }
    let stream = own_stream(functions, caller, arn);
    Some(match stream {
        Some(stream) => stream.asked(action),
        None => Resource::new(action, parsed.to_string()),
    })
}

/// The stream of the caller with this ARN.
pub(super) fn own_stream(
    functions: &Functions,
    caller: &Caller,
    arn: &str,
) -> Option<std::sync::Arc<streams::Stream>> {
    let StreamArn { region, account, name } = arn.parse().ok()?;
    if account != caller.account || region != caller.region {
        return None;
    }
    functions.around.streams.stream(account, &region, &name).ok()
}
