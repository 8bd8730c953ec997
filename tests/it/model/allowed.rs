//! The differences from the model that are known, and why they stay.

use std::collections::BTreeSet;

use e2e::progress;

/// Errors that no operation has to declare.
pub(super) const COMMON_ERRORS: [&str; 5] = [
    "AccessDeniedException",
    "InternalFailure",
    "SerializationException",
    "UnknownOperationException",
    "ValidationException",
];

/// Inputs that are not refused as the model demands.
pub(super) const INPUTS: &[(&str, &str)] = &[
    ("ListQueues NextToken max", BODY_LIMIT),
    ("ListShards NextToken max", BODY_LIMIT),
    ("ListStreamConsumers NextToken max", BODY_LIMIT),
    ("ListStreams NextToken max", BODY_LIMIT),
];

/// Members of replies.
pub(super) const OUTPUTS: &[(&str, &str)] = &[
    ("DescribeAccountSettings.MinimumThroughputBillingCommitment.EndedAt is never given", NOT_OVER),
    (
        "DescribeStream.StreamDescription.EnhancedMonitoring.ShardLevelMetrics is below its bound",
        NO_METRICS,
    ),
    ("DescribeStream.StreamDescription.Shards.AdjacentParentShardId is never given", NOT_SPLIT),
    ("DescribeStream.StreamDescription.Shards.ParentShardId is never given", NOT_SPLIT),
    (
        "DescribeStream.StreamDescription.Shards.SequenceNumberRange.EndingSequenceNumber is never given",
        NOT_SPLIT,
    ),
    (
        "DescribeStreamSummary.StreamDescriptionSummary.EnhancedMonitoring.ShardLevelMetrics is below its bound",
        NO_METRICS,
    ),
    ("DisableEnhancedMonitoring.DesiredShardLevelMetrics is below its bound", NO_METRICS),
    ("EnableEnhancedMonitoring.CurrentShardLevelMetrics is below its bound", NO_METRICS),
    ("GetRecords.ChildShards is never given", NOT_SPLIT),
    ("ListShards.Shards.AdjacentParentShardId is never given", NOT_SPLIT),
    ("ListShards.Shards.ParentShardId is never given", NOT_SPLIT),
    ("ListShards.Shards.SequenceNumberRange.EndingSequenceNumber is never given", NOT_SPLIT),
    (
        "PutRecords.FailedRecordCount is below its bound",
        "the model says at least 1, the service says 0 when nothing failed",
    ),
    ("UpdateAccountSettings.MinimumThroughputBillingCommitment.EndedAt is never given", NOT_OVER),
];

/// Members of CloudWatch's replies.
pub(super) const METRICS: &[(&str, &str)] = &[
    ("GetMetricData.Messages.Code is never given", NO_MESSAGES),
    ("GetMetricData.Messages.Value is never given", NO_MESSAGES),
    ("GetMetricData.MetricDataResults.Messages is never given", NO_MESSAGES),
    ("GetMetricData.NextToken is never given", ONE_PAGE),
    ("ListMetrics.NextToken is never given", ONE_PAGE),
    ("ListMetrics.OwningAccounts is never given", "metrics are those of the caller's account"),
];

const BODY_LIMIT: &str = "a body above 1 MiB is refused before it is read";
const NO_MESSAGES: &str = "nothing was left out that a message could be about";
const ONE_PAGE: &str = "the SDKs test pages: what is asked for fits one";
const NO_METRICS: &str = "the model says at least 1, the service gives an empty list";
const NOT_SPLIT: &str = "what the scenario reads was neither split nor merged";
const NOT_OVER: &str = "a commitment lasts a day at least";

/// Errors that an operation raises and does not declare.
pub(super) const ERRORS: &[(&str, &str)] = &[];

/// Fails on what is not listed, and on what is listed and gone.
pub(super) fn compare(found: &BTreeSet<String>, listed: &[(&str, &str)]) {
    let known: BTreeSet<String> = listed.iter().map(|(name, _)| (*name).to_owned()).collect();
    for (name, reason) in listed {
        progress(format!("model: known difference: {name} ({reason})"));
    }
    let unexpected: Vec<&String> = found.difference(&known).collect();
    let gone: Vec<&String> = known.difference(found).collect();
    assert!(unexpected.is_empty(), "differences from the model: {unexpected:#?}");
    assert!(gone.is_empty(), "no differences any more, take them off the list: {gone:#?}");
}
