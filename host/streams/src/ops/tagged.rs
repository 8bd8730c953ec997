//! What the operations on resources can be called with: streams, consumers and queues.

use std::sync::Arc;

use domain::{ConsumerArn, StreamArn};
use wire::shape::Text;
use wire::{Caller, Resource};

use super::consumer_target::ConsumerTarget;
use super::queue_target::of_resource;
use super::target::Target;
use crate::error::{Missing, Named};
use crate::fanout::Consumer;
use crate::queues::Queue;
use crate::stream::Stream;
use crate::{Error, Result, Streams};

/// Something that has tags.
pub(super) enum Tagged {
    Stream(Arc<Stream>),
    Consumer(Arc<Stream>, Arc<Consumer>),
    Queue(Arc<Queue>),
}

impl Tagged {
    /// The resource with this ARN, if it is one of the caller.
    pub(super) fn find(
        streams: &Streams,
        caller: &Caller,
        arn: &Option<Text<'_>>,
        stream_id: &Option<Text<'_>>,
    ) -> Result<Self> {
        if let Some(queue) = of_resource(arn) {
            return Ok(Self::Queue(queue.find(streams, caller)?));
        }
        let text = arn.as_ref().map_or("", Text::as_str);
        if text.parse::<ConsumerArn>().is_ok() {
            let target = ConsumerTarget::new(&None, &None, arn).with_id(stream_id);
            let (stream, consumer) = target.find(streams, caller)?;
            return Ok(Self::Consumer(stream, consumer));
        }
        if text.parse::<StreamArn>().is_err() {
            return Err(Error::NotFound(Missing::Resource(text.to_owned())));
        }
        Ok(Self::Stream(Target::new(&None, arn).with_id(stream_id).find(streams, caller)?))
    }

    /// What the policy is asked about.
    pub(super) fn asked(
        streams: &Streams,
        caller: &Caller,
        arn: &Option<Text<'_>>,
        action: &'static str,
    ) -> Resource {
        if let Some(queue) = of_resource(arn) {
            return queue.asked(streams, caller, action);
        }
        let is_consumer = |text: &Text<'_>| text.as_str().parse::<ConsumerArn>().is_ok();
        match arn.as_ref().is_some_and(is_consumer) {
            true => ConsumerTarget::new(&None, &None, arn).asked(streams, caller, action),
            false => Target::new(&None, arn).asked(streams, caller, action),
        }
    }

    /// Its tags.
    pub(super) fn tags(&self) -> &[(String, String)] {
        match self {
            Self::Stream(stream) => &stream.facts.tags,
            Self::Consumer(_, consumer) => &consumer.facts.tags,
            Self::Queue(queue) => &queue.tags,
        }
    }

    /// What sentences name: the stream that it is, or is of, or the queue.
    pub(super) fn named(&self) -> Named {
        match self {
            Self::Stream(stream) | Self::Consumer(stream, _) => stream.named(),
            Self::Queue(queue) => Named { account: queue.account, stream: queue.name.to_string() },
        }
    }
}
