//! What policies can hang on: streams and consumers, by their ARNs.

use std::sync::Arc;

use domain::ConsumerArn;
use wire::shape::Text;
use wire::{Caller, Resource};

use super::consumer_target::ConsumerTarget;
use super::target::Target;
use crate::fanout::Consumer;
use crate::stream::Stream;
use crate::{Result, Streams};

/// Something that can have a policy.
pub(super) enum Shareable {
    Stream(Arc<Stream>),
    Consumer(Arc<Stream>, Arc<Consumer>),
}

impl Shareable {
    /// The resource with this ARN, if it is one of the caller.
    pub(super) fn find(
        streams: &Streams,
        caller: &Caller,
        arn: &Option<Text<'_>>,
        stream_id: &Option<Text<'_>>,
    ) -> Result<Self> {
        if is_consumer(arn) {
            let target = ConsumerTarget::new(&None, &None, arn).with_id(stream_id);
            let (stream, consumer) = target.find(streams, caller)?;
            return Ok(Self::Consumer(stream, consumer));
        }
        let target = Target::new(&None, arn).with_id(stream_id);
        Ok(Self::Stream(target.find_resource(streams, caller)?))
    }

    /// What the policy is asked about.
    pub(super) fn asked(
        streams: &Streams,
        caller: &Caller,
        arn: &Option<Text<'_>>,
        action: &'static str,
    ) -> Resource {
        match is_consumer(arn) {
            true => ConsumerTarget::new(&None, &None, arn).asked(streams, caller, action),
            false => Target::new(&None, arn).asked(streams, caller, action),
        }
    }

    /// Its policy, as it was put.
    pub(super) fn policy(&self) -> Option<&str> {
        match self {
            Self::Stream(stream) => stream.facts.policy.as_deref(),
            Self::Consumer(_, consumer) => consumer.facts.policy.as_deref(),
        }
    }
}

fn is_consumer(arn: &Option<Text<'_>>) -> bool {
    arn.as_ref().is_some_and(|arn| arn.as_str().parse::<ConsumerArn>().is_ok())
}
