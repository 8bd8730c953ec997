//! A mapping as operations tell it.

use domain::{MappingId, QualifiedArn, StreamArn};
use serde::Serialize;
use wire::shape::Moment;

use super::shapes::Shown;
use crate::Functions;
use crate::filters::Filters;
use crate::mapping::{Mapping, MappingFacts, Phase, Start, StreamRef};
use crate::standing::{NO_RESULT, Standing};

/// The one function response type.
pub(super) const REPORTS: &str = "ReportBatchItemFailures";

/// The one kind of metrics that streams have.
pub(super) const EVENT_COUNT: &str = "EventCount";

/// What of a call may stand in the audit trail.
pub(super) const AUDITED: &[&str] = &[
    "BatchSize",
    "DestinationConfig.OnFailure.Destination",
    "DestinationConfig.OnSuccess.Destination",
    "Enabled",
    "EventSourceArn",
    "FunctionName",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
    "ParkAfterAttempts",
    "StartingPosition",
    "TumblingWindowInSeconds",
];
/// What of its answer.
pub(super) const ANSWERED: &[&str] = &["EventSourceArn", "QualifiedArn", "State", "UUID"];

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MappingConfiguration {
    #[serde(rename = "UUID")]
    uuid: Shown<MappingId>,
    starting_position: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    starting_position_timestamp: Option<Moment>,
    batch_size: u32,
    maximum_batching_window_in_seconds: u32,
    parallelization_factor: u32,
    event_source_arn: String,
    event_source_mapping_arn: String,
    function_arn: Shown<QualifiedArn>,
    last_modified: Moment,
    last_processing_result: String,
    state: &'static str,
    state_transition_reason: &'static str,
    destination_config: DestinationConfig,
    maximum_record_age_in_seconds: i64,
    bisect_batch_on_function_error: bool,
    maximum_retry_attempts: i64,
    tumbling_window_in_seconds: u32,
    /// Our own.
    #[serde(skip_serializing_if = "Option::is_none")]
    park_after_attempts: Option<u32>,
    function_response_types: &'static [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics_config: Option<MetricsConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter_criteria: Option<FilterCriteria>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter_criteria_error: Option<FilterCriteriaError>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct MetricsConfig {
    metrics: [&'static str; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct FilterCriteria {
    filters: Vec<Pattern>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Pattern {
    pattern: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct FilterCriteriaError {
    error_code: &'static str,
    message: String,
}

impl FilterCriteria {
    /// Those of a mapping, if it has some.
    fn of(filters: &Filters) -> Option<Self> {
        let pattern = |text: &str| Pattern { pattern: text.to_owned() };
        let filters: Vec<_> = filters.texts().map(pattern).collect();
        (!filters.is_empty()).then_some(Self { filters })
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct DestinationConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    on_success: Option<Destination>,
    on_failure: OnFailure,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Destination {
    destination: Shown<StreamArn>,
}

/// An empty structure if there is none.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct OnFailure {
    #[serde(skip_serializing_if = "Option::is_none")]
    destination: Option<String>,
}

impl MappingConfiguration {
    /// A mapping as it stands now.
    pub(super) fn now(functions: &Functions, mapping: &Mapping) -> Self {
        let live = functions.supervisors.live(mapping.facts.id);
        // Nobody sees to it before the service starts and after it stopped.
        let standing = live.as_ref().map_or(
            match mapping.facts.phase {
                Phase::Enabled => Standing::Enabling,
                Phase::Disabled => Standing::Disabled,
                Phase::Deleting => Standing::Deleting,
            },
            |live| live.standing,
        );
        Self::standing(functions, mapping, standing)
    }

    /// A mapping that was just told to become what it is to be.
    pub(super) fn standing(functions: &Functions, mapping: &Mapping, standing: Standing) -> Self {
        let MappingFacts { knobs, .. } = &mapping.facts;
        let facts = &mapping.facts;
        let live = functions.supervisors.live(facts.id);
        let bound = |it: Option<u32>| it.map_or(-1, i64::from);
        let at = match facts.start {
            Start::AtTimestamp(at) => Some(at.into()),
            Start::TrimHorizon | Start::Latest => None,
        };
        let arn = |stream: &StreamRef| Shown(facts.stream_arn(stream));
        let (target, on_failure) = (facts.target.as_ref(), facts.on_failure.as_ref());
        Self {
            uuid: Shown(facts.id),
            starting_position: facts.start.as_str(),
            starting_position_timestamp: at,
            batch_size: knobs.batch,
            maximum_batching_window_in_seconds: knobs.window_seconds,
            parallelization_factor: knobs.parallel,
            event_source_arn: facts.source_arn(),
            event_source_mapping_arn: facts.id.arn(&facts.region, facts.account),
            function_arn: Shown(facts.function_arn()),
            last_modified: facts.modified.into(),
            last_processing_result: live.map_or_else(|| NO_RESULT.to_owned(), |live| live.result()),
            state: standing.as_str(),
            state_transition_reason: "User action",
            destination_config: DestinationConfig {
                on_success: target.map(|target| Destination { destination: arn(target) }),
                on_failure: OnFailure {
                    destination: on_failure.map(|it| it.name(facts.account, &facts.region)),
                },
            },
            maximum_record_age_in_seconds: bound(knobs.age_seconds),
            bisect_batch_on_function_error: knobs.bisects,
            maximum_retry_attempts: bound(knobs.retries),
            tumbling_window_in_seconds: knobs.tumbling_seconds,
            park_after_attempts: (knobs.park_after > 0).then_some(knobs.park_after),
            function_response_types: if knobs.reports { &[REPORTS] } else { &[] },
            metrics_config: knobs.counts_events.then_some(MetricsConfig { metrics: [EVENT_COUNT] }),
            filter_criteria: FilterCriteria::of(&facts.filters),
            filter_criteria_error: facts.filters.wrong().map(|message| FilterCriteriaError {
                error_code: "InvalidParameterValueException",
                message,
            }),
        }
    }
}
