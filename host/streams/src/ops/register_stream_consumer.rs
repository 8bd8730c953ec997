//! RegisterStreamConsumer: lets somebody have the records of a stream pushed to them.

use serde::{Deserialize, Serialize};
use wire::shape::{Tags, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use super::consumer_target::Shape;
use super::tag_resource::TagResource;
use super::target::Target;
use super::{rules, tags};
use crate::{Error, Result, Streams};

pub(super) struct RegisterStreamConsumer;

impl Operation for RegisterStreamConsumer {
    const NAME: &str = "RegisterStreamConsumer";
    const ACTION: &str = "kinesis:RegisterStreamConsumer";
    const ANSWERED: &[&str] = &[];
    const DIFFERS: &str =
        "The consumer is ACTIVE when the call returns; there is no status CREATING.";
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
        let stream = input.target().asked(streams, caller, Self::ACTION);
        // Whoever brings tags must be allowed to tag as well; when it is registered is part of its ARN.
        let tagging = tags().next().map(|_| {
            let name = input.consumer_name.as_ref().map_or("*", Text::as_str);
            let arn = match &*stream.arn {
                // It names nothing, and the call will fail, for whoever may do this at all.
                "*" => "*".to_owned(),
                stream => format!("{stream}/consumer/{name}:*"),
            };
            Resource::new(TagResource::ACTION, arn).bringing(tags())
        });
        Ok([stream.bringing(tags())].into_iter().chain(tagging).collect())
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<Output> {
        let stream = input.target().find(streams, caller)?;
        let name = input.consumer_name.as_ref().map_or("", Text::as_str);
        // It satisfies the pattern of names: it was checked.
        let name = name.parse().map_err(|_checked| {
            let (consumer, account) = (name.to_owned(), caller.account);
            Error::Fanout(crate::error::Fanout::Missing { consumer, account })
        })?;
        let tags = tags::owned(input.tags, || stream.named())?;
        let consumer = streams.register_consumer(&stream, name, tags).await?;
        Ok(Output { consumer: Shape::of(&stream, &consumer) })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow, rename = "StreamARN")]
    stream_arn: Option<Text<'a>>,
    #[serde(borrow)]
    consumer_name: Option<Text<'a>>,
    #[serde(borrow)]
    stream_id: Option<Text<'a>>,
    #[serde(borrow)]
    tags: Option<Tags<'a>>,
}

impl Input<'_> {
    fn target(&self) -> Target<'_> {
        Target::new(&None, &self.stream_arn).with_id(&self.stream_id)
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.required("streamARN", self.stream_arn.as_ref());
        self.target().check_arn(checks, self.stream_id.as_ref());
        checks.required("consumerName", self.consumer_name.as_ref());
        let name = self.consumer_name.as_ref().map(Text::as_str);
        checks.text("consumerName", name, rules::NAME);
        tags::check(checks, self.tags.as_ref());
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    consumer: Shape,
}
