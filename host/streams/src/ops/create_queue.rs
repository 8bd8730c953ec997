//! CreateQueue: makes a queue on a stream.

use domain::limits;
use serde::Deserialize;
use wire::shape::{List, Moment, Structure, Tags, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use super::queue_shapes::{self, AttributesIn, DEFAULT, Output};
use super::rules;
use super::tag_resource::TagResource;
use super::tags;
use super::target::Target;
use crate::error::{self, Invalid, Named};
use crate::queues::{NewQueue, QueueStart};
use crate::{Error, Result, Streams};

const STARTS: [&str; 3] = ["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"];

pub(super) struct CreateQueue;

impl Operation for CreateQueue {
    const NAME: &str = "CreateQueue";
    const ACTION: &str = "kinesis:CreateQueue";
    const AUDITED: &[&str] = &["QueueName", "StreamConfigurationList"];
    const ANSWERED: &[&str] = &["QueueDescription.QueueARN"];
    const DIFFERS: &str = "The queue is ACTIVE when the call returns. An AT_TIMESTAMP that is to come is \
        refused. Without limits, a stream can have any number of queues.";
    type Service = Streams;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(
        streams: &Streams,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        let tags = || tags::pairs(input.tags.as_ref());
        // Its ARN is drawn when it is made.
        let Caller { region, account, .. } = caller;
        let arn = format!("arn:aws:kinesis:{region}:{account}:queue/*");
        let mut asked = vec![Resource::new(Self::ACTION, arn.clone()).bringing(tags())];
        let associated = "kinesis:AssociateStreamsWithQueue";
        for stream in input.streams() {
            asked.push(Target::new(&None, &stream.stream_arn).asked(streams, caller, associated));
        }
        // Whoever brings tags must be allowed to tag as well.
        if tags().next().is_some() {
            asked.push(Resource::new(TagResource::ACTION, arn).bringing(tags()));
        }
        Ok(asked)
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<Output> {
        let name = input.queue_name.as_ref().map_or("", Text::as_str);
        let named = Named { account: caller.account, stream: name.to_owned() };
        let name = name.parse().ok().ok_or(Error::Invalid(Invalid::Unsupported {
            what: "QueueName",
            instead: "names have 1 to 128 letters, digits, '_', '.' and '-'",
        }))?;
        let attributes = match &input.queue_attributes {
            Some(Structure(attributes)) => attributes.change(DEFAULT)?,
            None => DEFAULT,
        };
        let count = input.stream_configuration_list.as_ref().map_or(0, Configured::count);
        let mut configured = input.streams();
        let (Some(configured), 1) = (configured.next(), count) else {
            return Err(Error::Queue(error::Queue::Streams(count)));
        };
        let start = configured.start()?;
        let stream = Target::new(&None, &configured.stream_arn).find(streams, caller)?;
        let tags = tags::owned(input.tags.clone(), || named)?;
        let new = NewQueue { name, start, attributes, tags };
        let queue = streams.create_queue(&stream, new).await?;
        Ok(queue_shapes::describe(streams, &queue))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    queue_name: Option<Text<'a>>,
    #[serde(borrow)]
    stream_configuration_list: Option<Configured<'a>>,
    #[serde(borrow)]
    queue_attributes: Option<Structure<AttributesIn<'a>>>,
    #[serde(borrow)]
    tags: Option<Tags<'a>>,
}

/// A queue has one stream; the others are counted.
type Configured<'a> = List<Structure<StreamConfiguration<'a>>, 2>;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StreamConfiguration<'a> {
    #[serde(borrow, rename = "StreamARN")]
    stream_arn: Option<Text<'a>>,
    #[serde(borrow)]
    starting_position: Option<Structure<StartingPosition<'a>>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StartingPosition<'a> {
    #[serde(borrow, rename = "Type")]
    kind: Option<Text<'a>>,
    timestamp: Option<Moment>,
}

impl StreamConfiguration<'_> {
    fn start(&self) -> Result<QueueStart> {
        let Some(Structure(start)) = &self.starting_position else {
            return Ok(QueueStart::Latest);
        };
        let kind = start.kind.as_ref().map_or("", Text::as_str);
        match (kind, start.timestamp) {
            ("AT_TIMESTAMP", Some(at)) => Ok(QueueStart::AtTimestamp(at.millis())),
            ("AT_TIMESTAMP", None) => Err(Error::Queue(error::Queue::NoTimestamp)),
            (kind, Some(_)) => Err(Error::Queue(error::Queue::Timestamp(kind.to_owned()))),
            ("TRIM_HORIZON", None) => Ok(QueueStart::TrimHorizon),
            // The kind is one of the set: it was checked.
            (_, None) => Ok(QueueStart::Latest),
        }
    }

    fn check(&self, checks: &mut Checks, index: usize) {
        let path = |member: &str| format!("streamConfigurationList.{}.member.{member}", index + 1);
        checks.required(path("streamARN"), self.stream_arn.as_ref());
        let arn = self.stream_arn.as_ref().map(Text::as_str);
        checks.text(path("streamARN"), arn, rules::ARN);
        if let Some(Structure(start)) = &self.starting_position {
            checks.required(path("startingPosition.type"), start.kind.as_ref());
            let kind = start.kind.as_ref().map(Text::as_str);
            checks.choice(path("startingPosition.type"), kind, &STARTS);
        }
    }
}

impl<'a> Input<'a> {
    fn streams(&self) -> impl Iterator<Item = &StreamConfiguration<'a>> {
        let kept = self.stream_configuration_list.iter().flat_map(Configured::kept);
        kept.flatten().map(|Structure(stream)| stream)
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.required("queueName", self.queue_name.as_ref());
        checks.text("queueName", self.queue_name.as_ref().map(Text::as_str), rules::NAME);
        let list = "streamConfigurationList";
        checks.required(list, self.stream_configuration_list.as_ref());
        if let Some(streams) = &self.stream_configuration_list {
            let most = limits::LIST_QUEUES_STREAMS_MAX;
            checks.length(list, &"[...]", streams.count(), 1, most);
            for (index, stream) in streams.kept().iter().enumerate() {
                match stream {
                    Some(Structure(stream)) => stream.check(checks, index),
                    None => checks.required::<()>(format!("{list}.{}.member", index + 1), None),
                }
            }
        }
        if let Some(Structure(attributes)) = &self.queue_attributes {
            attributes.check(checks);
        }
        tags::check(checks, self.tags.as_ref());
    }
}
