//! CreateEventSourceMapping: has a function called for what a stream gets.

use std::sync::Arc;

use serde::Deserialize;
use streams::Stream;
use wire::rest::{FromRequest, Json, Method, Request};
use wire::shape::{Flag, Moment, Tags, Text};
use wire::{Caller, Check, Checks, Failure, Resource, RestOperation};

use super::Service;
use super::event_source::EventSource;
use super::mapping_members::{MappingMembers, check_world};
use super::mapping_shapes::MappingConfiguration;
use super::rules;
use super::tag_resource::TagResource;
use super::tags;
use super::target::Target;
use crate::attach::NewMapping;
use crate::error::Invalid;
use crate::mapping::{ConsumerRef, FUNCTION_ARN, Knobs, Start, lasting};
use crate::standing::Standing;
use crate::{Error, Functions, Result};

pub(super) struct CreateEventSourceMapping;

impl RestOperation for CreateEventSourceMapping {
    const NAME: &str = "CreateEventSourceMapping";
    const ACTION: &str = "lambda:CreateEventSourceMapping";
    const AUDITED: &[&str] = super::mapping_shapes::AUDITED;
    const ANSWERED: &[&str] = super::mapping_shapes::ANSWERED;
    const METHOD: Method = Method::Post;
    const PATH: &str = "/2015-03-31/event-source-mappings";
    const STATUS: u16 = 202;
    const DIFFERS: &str = "Sources are Kinesis streams of the same account and region, and consumers that are registered with them. \
        A consumer has one mapping; its records come by the engine that reads streams, so that nobody else who subscribes \
        as the consumer is in the way. \
        DestinationConfig.OnSuccess, which AWS refuses for streams, names the stream that gets what the function emits; \
        those records and the mapping's progress are one commit. With LATEST, nothing is missed that is put after the \
        call returns. One failed record fails its batch, unless FunctionResponseTypes has ReportBatchItemFailures. \
        DestinationConfig.OnFailure takes S3 buckets and, which AWS does not, Kinesis streams and URLs of HTTP endpoints; \
        what they get is S3's form of AWS's document, in one commit with the progress or, outside of this server, before it. \
        TumblingWindowInSeconds is for functions of the world handler and a ParallelizationFactor of 1; a window ends a \
        second after its time, or with the first record of a later one. \
        ParkAfterAttempts is a member of our own: after so many attempts a record that fails alone is put aside with its \
        partition key. FilterCriteria look at the records of a batch that was read, so that a function gets fewer than BatchSize; \
        there may be 10, and a field that no record has is refused. What belongs to other sources is refused. \
        The caller must be \
        allowed kinesis:GetRecords on the stream, or kinesis:SubscribeToShard on the consumer, and kinesis:PutRecords on the destinations, and so must the function's role, \
        which is asked again for each batch; a role that does not exist allows nothing. A consumer's role must allow \
        shardmill:UseState on the mapping as well.";
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Output = Json<MappingConfiguration>;
    type Error = Error;

    async fn resources(
        functions: &Service,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        // The action knows no resource, since there is no mapping yet, but a condition for the function.
        let function = input.target().arn(caller);
        let tags = || tags::pairs(input.own.tags.as_ref());
        let asked = Resource::any(Self::ACTION).bringing(tags());
        let mut resources = vec![match function {
            Some(arn) => asked.with(FUNCTION_ARN, arn.to_string()),
            None => asked,
        }];
        // Whoever brings tags must be allowed to tag as well; its ARN is drawn when it is made.
        if tags().next().is_some() {
            let Caller { region, account, .. } = caller;
            let arn = format!("arn:aws:lambda:{region}:{account}:event-source-mapping:*");
            resources.push(Resource::new(TagResource::ACTION, arn).bringing(tags()));
        }
        let source = input.event_source();
        resources.extend(source.and_then(|source| source.asked(functions, caller)));
        resources.extend(input.members.places_asked(functions, caller));
        Ok(resources)
    }

    async fn run(
        functions: &Service,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output> {
        let mut knobs = Knobs::default();
        input.members.put(&mut knobs)?;
        let (source, reads_as) = input.source(functions, caller)?;
        let start = input.start(functions)?;
        let function = input.target().own(caller)?;
        let tags = tags::owned(input.own.tags)?;
        let found = functions.find(&function)?;
        check_world(&knobs, &found)?;
        let read = &source.facts.name;
        let target = input.members.target(functions, caller, read)?.flatten();
        let on_failure = input.members.on_failure(functions, caller, read)?.flatten();
        let new = NewMapping {
            source,
            reads_as,
            qualifier: lasting(&function),
            function: function.function.name,
            filters: input.members.filters()?.unwrap_or_default(),
            target,
            on_failure,
            start,
            knobs,
            is_enabled: input.members.enabled.is_none_or(|Flag(enabled)| enabled),
            tags,
        };
        let mapping = functions.attach(new).await?;
        Ok(Json(MappingConfiguration::standing(functions, &mapping, Standing::Creating)))
    }
}

#[derive(Debug)]
pub(super) struct Input<'a> {
    own: OwnMembers<'a>,
    members: MappingMembers<'a>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OwnMembers<'a> {
    #[serde(borrow)]
    event_source_arn: Option<Text<'a>>,
    #[serde(borrow)]
    starting_position: Option<Text<'a>>,
    starting_position_timestamp: Option<Moment>,
    #[serde(borrow)]
    tags: Option<Tags<'a>>,
}

impl<'a> FromRequest<'a> for Input<'a> {
    fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        Ok(Self { own: request.json()?, members: request.json()? })
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        let source = self.own.event_source_arn.as_ref().map(Text::as_str);
        checks.text("eventSourceArn", source, rules::ARN);
        self.target().check(checks, rules::NAMESPACED_FUNCTION);
        let start = self.own.starting_position.as_ref().map(Text::as_str);
        let words = ["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"];
        checks.choice("startingPosition", start, &words);
        self.members.check(checks);
    }
}

impl Input<'_> {
    fn target(&self) -> Target<'_> {
        Target::new(&self.members.function_name)
    }

    fn event_source(&self) -> Option<EventSource<'_>> {
        self.own.event_source_arn.as_ref().map(|text| EventSource(text.as_str()))
    }

    fn source(
        &self,
        functions: &Functions,
        caller: &Caller,
    ) -> Result<(Arc<Stream>, Option<ConsumerRef>)> {
        self.event_source().ok_or(Invalid::NoSource)?.find(functions, caller)
    }

    fn start(&self, functions: &Functions) -> Result<Start> {
        let word = self.own.starting_position.as_ref().ok_or(Invalid::NoStart)?;
        let at = self.own.starting_position_timestamp;
        match (word.as_str(), at) {
            ("AT_TIMESTAMP", None) => Err(Invalid::Timestamp(
                "StartingPositionTimestamp is required with StartingPosition AT_TIMESTAMP.",
            )
            .into()),
            ("AT_TIMESTAMP", Some(at)) if at.millis() > functions.around.clock.now() => {
                Err(Invalid::Timestamp("StartingPositionTimestamp must not be in the future.")
                    .into())
            }
            ("AT_TIMESTAMP", Some(at)) => Ok(Start::AtTimestamp(at.millis())),
            (_, Some(_)) => Err(Invalid::Timestamp(
                "StartingPositionTimestamp is taken only with StartingPosition AT_TIMESTAMP.",
            )
            .into()),
            ("LATEST", None) => Ok(Start::Latest),
            (_, None) => Ok(Start::TrimHorizon),
        }
    }
}
