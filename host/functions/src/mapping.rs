//! A mapping of a stream to a function as it is held in memory.

use domain::{
    AccountId, ConsumerArn, ConsumerName, FunctionArn, FunctionName, MappingId, Millis,
    QualifiedArn, Qualifier, Region, Seconds, StreamArn, StreamId, StreamName, limits,
};
use streams::{Consumer, ConsumerId};
use wire::Resource;

use crate::destination::Destination;
use crate::filters::Filters;

/// The condition key for the function that a mapping leads to (service authorization reference, AWS Lambda).
pub(crate) const FUNCTION_ARN: &str = "lambda:FunctionArn";

/// A mapping at one moment. It never changes: what does is replaced in the catalogue as a whole.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// What is known of it.
    pub facts: MappingFacts,
    /// The commit that wrote its fact.
    pub(crate) version: u64,
}

/// What is known of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingFacts {
    /// The name that callers know it by.
    pub id: MappingId,
    /// The number under which its progress is kept; never re-used.
    pub number: u64,
    /// The account that owns it.
    pub account: AccountId,
    /// The region it lives in.
    pub region: Region,
    /// Where records come from.
    pub source: StreamRef,
    /// As which registered consumer of that stream it reads, if as one.
    pub reads_as: Option<ConsumerRef>,
    /// Who gets them: the function of this name in account and region, whichever there is when a batch is
    /// due, as on AWS.
    pub function: FunctionName,
    /// Which version of it, whichever an alias leads to when a batch is due; without, the function as it is then.
    pub qualifier: Option<Qualifier>,
    /// Which records the function gets.
    pub filters: Filters,
    /// Where records go that the function emits, if it says nothing else.
    pub target: Option<StreamRef>,
    /// Where is told of records that are given up.
    pub on_failure: Option<Destination>,
    /// Where it began to read.
    pub start: Start,
    /// How it reads.
    pub knobs: Knobs,
    /// What it is to be.
    pub phase: Phase,
    /// When it was made.
    pub created: Millis,
    /// When it was changed last.
    pub modified: Millis,
    /// What the owner noted, by key.
    pub tags: Vec<(String, String)>,
}

/// One incarnation of a stream, and what it is called. Records come from the incarnation, and go to whatever has the
/// name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamRef {
    /// The incarnation: a stream that is made again under the name is another one.
    pub id: StreamId,
    /// The name.
    pub name: StreamName,
}

/// One registration of a consumer, and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerRef {
    /// The registration: a consumer that is registered again under the name is another one.
    pub id: ConsumerId,
    /// The name.
    pub name: ConsumerName,
    /// When it was registered, which is part of its ARN.
    pub created: Seconds,
}

impl ConsumerRef {
    /// As a mapping keeps it.
    pub fn of(consumer: &Consumer) -> Self {
        let facts = &consumer.facts;
        Self { id: facts.id, name: facts.name.clone(), created: facts.created.seconds() }
    }
}

/// Where a mapping begins to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// With the oldest record that is kept.
    TrimHorizon,
    /// With what comes once it is made.
    Latest,
    /// With the first record that arrived at this time or later.
    AtTimestamp(Millis),
}

impl Start {
    /// The word AWS uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TrimHorizon => "TRIM_HORIZON",
            Self::Latest => "LATEST",
            Self::AtTimestamp(_) => "AT_TIMESTAMP",
        }
    }
}

/// How a mapping reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Knobs {
    /// Records of a batch at most.
    pub batch: u32,
    /// How long a batch is waited for.
    pub window_seconds: u32,
    /// Batches of one shard at one moment.
    pub parallel: u32,
    /// How long tumbling windows are, where there are some; 0 if not.
    pub tumbling_seconds: u32,
    /// Tries after the first; until the record expires if there is no bound.
    pub retries: Option<u32>,
    /// How old a record may get.
    pub age_seconds: Option<u32>,
    /// Whether a batch that failed is halved, and each half tried on its own.
    pub bisects: bool,
    /// After how many attempts a record that fails alone is parked with its key; 0 if none is.
    pub park_after: u32,
    /// Whether the function reports single records (`ReportBatchItemFailures`): what is before the first that failed is
    /// done.
    pub reports: bool,
    /// Whether CloudWatch is told what becomes of its records.
    pub counts_events: bool,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            batch: limits::MAPPING_BATCH_DEFAULT,
            window_seconds: 0,
            parallel: 1,
            tumbling_seconds: 0,
            retries: None,
            age_seconds: None,
            bisects: false,
            park_after: 0,
            reports: false,
            counts_events: false,
        }
    }
}

/// What a mapping is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It reads.
    Enabled,
    /// It rests; its progress is kept.
    Disabled,
    /// It goes, once the batches in hand are finished.
    Deleting,
}

/// The qualifier that a mapping to this function keeps: that of a version or an alias, and none for `$LATEST`, which means
/// the function as it is when a batch is due.
pub(crate) fn lasting(arn: &QualifiedArn) -> Option<Qualifier> {
    arn.qualifier.clone().filter(|it| *it != Qualifier::Latest)
}

impl MappingFacts {
    /// The resource name of the function, or of what is meant of it.
    pub fn function_arn(&self) -> QualifiedArn {
        let function = FunctionArn {
            region: self.region.clone(),
            account: self.account,
            name: self.function.clone(),
        };
        QualifiedArn { function, qualifier: self.qualifier.clone() }
    }

    /// The function's name, with what is meant of it.
    pub(crate) fn function_name(&self) -> String {
        match &self.qualifier {
            None => self.function.to_string(),
            Some(qualifier) => format!("{}:{qualifier}", self.function),
        }
    }

    /// Whether it works as the other does, whatever is noted of it.
    pub(crate) fn works_as(&self, other: &Self) -> bool {
        Self { tags: other.tags.clone(), ..self.clone() } == *other
    }

    /// Whether this is what gets the records. `$LATEST` is the function as it is when a batch is due.
    pub(crate) fn leads_to(&self, arn: &QualifiedArn) -> bool {
        self.function == arn.function.name && self.qualifier == lasting(arn)
    }

    /// The resource name of what it reads: of the consumer, if it reads as one, as on AWS.
    pub fn source_arn(&self) -> String {
        match &self.reads_as {
            None => self.stream_arn(&self.source).to_string(),
            Some(consumer) => self.consumer_arn(consumer).to_string(),
        }
    }

    /// The resource name of a consumer of the source.
    pub(crate) fn consumer_arn(&self, consumer: &ConsumerRef) -> ConsumerArn {
        let ConsumerRef { name, created, .. } = consumer;
        let stream = self.stream_arn(&self.source);
        ConsumerArn { stream, name: name.clone(), created: *created }
    }

    /// What the policy is asked about it: with its tags, and with the function, which conditions may be about.
    pub(crate) fn asked(&self, action: &'static str) -> Resource {
        let asked = Resource::new(action, self.arn());
        let asked = asked.tagged(self.tags.iter().map(|(key, value)| (key, value)));
        asked.with(FUNCTION_ARN, self.function_arn().to_string())
    }

    /// The mapping's own resource name.
    pub fn arn(&self) -> String {
        self.id.arn(&self.region, self.account)
    }

    /// The resource name of a stream of the same account and region.
    pub fn stream_arn(&self, stream: &StreamRef) -> StreamArn {
        StreamArn { region: self.region.clone(), account: self.account, name: stream.name.clone() }
    }
}
