//! What the exceptions know. `Display` is the sentence that AWS says, where one was ever seen.

use domain::{AccountId, FunctionArn, MappingId, QualifiedArn, Region, limits};

use wasm::World;

use crate::aggregated::Wanted;
use crate::language::Language;
use crate::package;

/// What is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// A function, or a version or alias of it.
    #[error("Function not found: {0}")]
    Function(String),
    /// A function of another region, which no call to this one reaches.
    #[error("Functions from '{named}' are not reachable in this region ('{here}')")]
    FunctionOfRegion {
        /// The region in the ARN.
        named: Region,
        /// The region of the signature.
        here: Region,
    },
    /// A mapping.
    #[error("The resource you requested does not exist.")]
    Mapping,
    /// An alias.
    #[error("Cannot find alias arn: {0}")]
    Alias(String),
    /// What was said of asynchronous calls.
    #[error("The function {0} doesn't have an EventInvokeConfig")]
    EventConfig(String),
    /// A policy to be shown.
    #[error("The resource you requested does not exist.")]
    Policy,
    /// A policy to take something from.
    #[error("No policy is associated with the given resource.")]
    PolicyToChange,
    /// A statement of a policy.
    #[error("Statement {0} is not found in resource policy.")]
    Statement(String),
}

/// What somebody else changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revised {
    /// A function, or an alias of it.
    Function,
    /// The policy of one.
    Policy,
}

impl Revised {
    /// The operations that tell the newest revision.
    pub(super) const fn told_by(self) -> &'static str {
        match self {
            Self::Function => "GetFunction/GetAlias",
            Self::Policy => "GetPolicy",
        }
    }
}

/// What is there already.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Taken {
    /// A function of this name.
    #[error("Function already exist: {0}")]
    Function(String),
    /// An alias of this name.
    #[error("Alias already exists: {0}")]
    Alias(String),
    /// A version to which these aliases lead.
    #[error("Unable to delete version because the following aliases reference it: [{0}]")]
    Version(String),
    /// A statement of this name in the policy.
    #[error(
        "The statement id ({0}) provided already exists. Please provide a new statement id, or remove the existing statement."
    )]
    Statement(String),
    /// A mapping that reads as this consumer, to whatever function.
    #[error(
        "The consumer {arn} is read by the event source mapping with UUID {id} already. Register a consumer for each mapping, or use the ARN of the stream."
    )]
    Consumer {
        /// The consumer.
        arn: String,
        /// The mapping that there is.
        id: MappingId,
    },
    /// A mapping of this stream to this function.
    #[error(
        "The event source arn (\" {source_arn} \") and function (\" {function} \") provided mapping already exists. Please update or delete the existing mapping with UUID {id}{}",
        if *is_of_deleted { ". The stream of that mapping was deleted: delete the mapping before this one is made." } else { "" }
    )]
    Mapping {
        /// The stream, or the consumer.
        source_arn: String,
        /// The function's name.
        function: String,
        /// The mapping that there is.
        id: MappingId,
        /// Whether its stream was deleted.
        is_of_deleted: bool,
    },
}

/// What there was no place in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scarce {
    /// The calls of the account that no function has reserved.
    Account,
    /// The calls that the function has reserved.
    Function,
    /// The events that may wait for a function.
    Events,
}

impl Scarce {
    /// AWS's word for it.
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::Account => "ConcurrentInvocationLimitExceeded",
            Self::Function => "ReservedFunctionConcurrentInvocationLimitExceeded",
            Self::Events => "FunctionInvocationRateLimitExceeded",
        }
    }
}

/// What makes no sense in a call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// The package.
    #[error("{0}")]
    Package(#[from] package::Refused),
    /// The code in the package; the text says what is wrong and what would be right.
    #[error("{0}")]
    Code(String),
    /// No code at all.
    #[error("Please provide a source for function code.")]
    NoCode,
    /// A runtime that is none here.
    #[error(
        "The runtime parameter of {0} is not supported by this server: functions are WebAssembly components (leave \
         Runtime out, or use provided.al2023) or source code (nodejs18.x to nodejs24.x, python3.9 to python3.14)."
    )]
    Runtime(String),
    /// Source code of which nobody knows what to call.
    #[error(
        "Runtime and Handler are mandatory parameters for functions created with deployment packages."
    )]
    NoHandler,
    /// A language that this server cannot run.
    #[error(
        "This server has no interpreter for {}, so it cannot run functions that are source code in it. Whoever runs \
         the server installs one with guests/interpreters/build.sh, into the folder `interpreters` of the data \
         directory or where --interpreters says; then try again. A function that is a WebAssembly component needs \
         none.", .0.as_str()
    )]
    NoInterpreter(Language),
    /// A runtime for other code than the function has.
    #[error(
        "The function's code is {what}, and the runtime parameter of {runtime} is for other code. Make another \
         function of it, or leave Runtime as it is."
    )]
    RuntimeOfCode {
        /// What is wanted.
        runtime: String,
        /// What the code is.
        what: &'static str,
    },
    /// More environment variables than there may be.
    #[error(
        "Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. {0} bytes measured."
    )]
    EnvironmentBytes(usize),
    /// Names that the platform keeps for itself.
    #[error(
        "Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: {0}"
    )]
    EnvironmentReserved(String),
    /// Characters that a variable cannot have.
    #[error("Environment variables must not hold NUL characters: {0}")]
    EnvironmentCharacters(String),
    /// What is wanted of aggregated records is none of what there is.
    #[error("{variable} must be split, all or whole: {0}", variable = Wanted::VARIABLE)]
    EnvironmentAggregated(String),
    /// Too many tags, or tags that are none.
    #[error("{0}")]
    Tags(&'static str),
    /// A qualifier where only the function itself will do.
    #[error(
        "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN."
    )]
    Qualified,
    /// Two qualifiers that differ.
    #[error("The derived qualifier from the function name does not match the specified qualifier.")]
    QualifierMismatch,
    /// A policy for what changes all the time.
    #[error("We currently do not support adding policies for $LATEST.")]
    PolicyOfLatest,
    /// Nobody, or nobody who could be let in.
    #[error("The provided principal was invalid. Please check the principal and try again.")]
    Principal,
    /// A statement that the policy language of this server does not understand; the text says what and where.
    #[error("The statement cannot be understood: {0}")]
    Permission(String),
    /// Two ways of an alias to the same version.
    #[error(
        "Invalid function version {0}. Function version {0} is already included in routing configuration."
    )]
    AliasTwice(u64),
    /// An alias that leads some calls to a version and others to what changes all the time.
    #[error("$LATEST is not supported for an alias pointing to more than 1 version")]
    AliasOfLatest,
    /// More than two ways of an alias.
    #[error("Number of items in AdditionalVersionWeights cannot be greater than 1")]
    AliasWeights,
    /// Deleting an alias as if it were a version.
    #[error("Deletion of aliases is not currently supported.")]
    DeleteAlias,
    /// Code that is not what the caller believes.
    #[error(
        "CodeSHA256 ({believed}) is different from current CodeSHA256 in $LATEST ({sha256}). Please try again with the CodeSHA256 in $LATEST."
    )]
    CodeSha256 {
        /// What the caller believes.
        believed: String,
        /// What it is.
        sha256: String,
    },
    /// More versions than an account may have.
    #[error(
        "An account may have at most {} versions of functions in a region.",
        limits::ACCOUNT_VERSIONS_MAX
    )]
    VersionCount,
    /// Deleting what cannot go alone.
    #[error("$LATEST version cannot be deleted without deleting the function.")]
    DeleteLatest,
    /// More functions than an account may have.
    #[error("An account may have at most {} functions in a region.", limits::ACCOUNT_FUNCTIONS_MAX)]
    FunctionCount,
    /// More mappings than an account may have.
    #[error(
        "An account may have at most {} event source mappings in a region.",
        limits::ACCOUNT_MAPPINGS_MAX
    )]
    MappingCount,
    /// No source.
    #[error("Unrecognized event source.")]
    NoSource,
    /// A source that is not a stream.
    #[error("Unrecognized event source, must be kinesis: {0}")]
    Source(String),
    /// A stream that is not there, or not of this account and region.
    #[error("Stream not found: {0}")]
    NoStream(String),
    /// A consumer that is not there, or not of this account and region.
    #[error("Consumer not found: {0}")]
    NoConsumer(String),
    /// No starting position.
    #[error(
        "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null."
    )]
    NoStart,
    /// A timestamp without use, none where one is needed, or one to come.
    #[error("{0}")]
    Timestamp(&'static str),
    /// A record's age.
    #[error(
        "MaximumRecordAgeInSeconds must be -1 or from {} to {}.",
        limits::MAPPING_AGE_SECONDS_MIN,
        limits::MAPPING_AGE_SECONDS_MAX
    )]
    RecordAge,
    /// Tumbling windows, whose state belongs to a shard, and several batches of one at a time.
    #[error(
        "TumblingWindowInSeconds needs a ParallelizationFactor of 1, not {0}: a shard has one window and one state."
    )]
    TumblingParallel(u32),
    /// Tumbling windows and parking.
    #[error(
        "TumblingWindowInSeconds and ParkAfterAttempts exclude each other: the state of a window would have gaps."
    )]
    TumblingParked,
    /// Parked records of a mapping that does not work.
    #[error("The mapping is not enabled. Parked records are run or dropped while it is.")]
    NotEnabled,
    /// Tumbling windows for a function that is not called with Lambda's event.
    #[error(
        "TumblingWindowInSeconds needs a function of the world handler, which gets the state in its event and returns it; {0} is one of the world {world}.",
        world = .1.as_str()
    )]
    TumblingWorld(String, World),
    /// Metrics that mappings of streams have not.
    #[error("Unsupported metric for an event source mapping of a Kinesis stream: {0}.")]
    Metric(String),
    /// A filter that is none; what is wrong with it.
    #[error("Invalid filter pattern definition: {0}.")]
    Filter(String),
    /// More filters than a mapping may have.
    #[error("An event source mapping may have at most {} filters.", limits::MAPPING_FILTERS_MAX)]
    FilterCount,
    /// A destination that is not a stream of this account and region.
    #[error(
        "DestinationConfig.OnSuccess.Destination must be the ARN of a Kinesis stream of the same account and region: {0}"
    )]
    Destination(String),
    /// A destination for failures that is not a stream of this account and region.
    #[error(
        "DestinationConfig.OnFailure.Destination must be the ARN of a Kinesis stream of the same account and region, the ARN of an S3 bucket, or the URL of an HTTP endpoint; this server has no queues, topics or clusters to send to: {0}"
    )]
    OnFailure(String),
    /// A destination of a mapping that is its own source.
    #[error(
        "DestinationConfig.{which}.Destination must not be the stream that the mapping reads ({stream}): each record would make another one, without end. A function of the world consumer that means to may emit there by the stream's name."
    )]
    Loop {
        /// The member.
        which: &'static str,
        /// The stream's name.
        stream: String,
    },
    /// A configuration of asynchronous calls that says nothing.
    #[error("You must specify at least one of error handling or destination setting.")]
    NoEventConfig,
    /// A destination of asynchronous calls that is none.
    #[error(
        "The destination must be the ARN of a Kinesis stream or of another function of the same account and region, the ARN of an S3 bucket, or the URL of an HTTP endpoint: {0}"
    )]
    EventDestination(String),
    /// A bucket or an endpoint that cannot be one. What was given may have something secret in it.
    #[error("The destination cannot be used: {0}.")]
    Place(crate::destination::InvalidPlace),
    /// A function as the destination of its own calls.
    #[error("You can't specify the function as a destination for itself.")]
    OwnDestination,
    /// A role that does not allow what the mapping does; the text says what.
    #[error("The function's role does not allow what the mapping does. {0}")]
    Role(String),
    /// A role that does not allow what a destination of asynchronous calls takes; the text says what.
    #[error("The function's role does not allow what the destination takes. {0}")]
    DestinationRole(String),
    /// More reserved calls than the account can do without.
    #[error(
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [{}].",
        limits::ACCOUNT_UNRESERVED_CONCURRENCY_MIN
    )]
    Reserved,
    /// Something that AWS has and this server has not.
    #[error("{what} is not supported by this server: {instead}")]
    Unsupported {
        /// The member and its value.
        what: &'static str,
        /// What works.
        instead: &'static str,
    },
}

impl Missing {
    /// A function, or a version or alias of it.
    pub(crate) fn function(arn: &FunctionArn, qualifier: Option<&str>) -> Self {
        Self::Function(match qualifier {
            Some(qualifier) => format!("{arn}:{qualifier}"),
            None => arn.to_string(),
        })
    }

    /// A function, or a version or alias of it, as it is named.
    pub(crate) fn qualified(arn: &QualifiedArn) -> Self {
        Self::Function(arn.to_string())
    }

    /// A function whose name may be none.
    pub(crate) fn named(account: AccountId, region: &Region, name: &str) -> Self {
        Self::Function(format!("arn:aws:lambda:{region}:{account}:function:{name}"))
    }
}
