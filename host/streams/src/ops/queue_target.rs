//! The queue that a call is about, by its ARN.

use std::sync::Arc;

use domain::QueueArn;
use wire::shape::Text;
use wire::{Caller, Checks, Resource};

use super::rules;
use crate::error::{self, Error};
use crate::queues::Queue;
use crate::{Result, Streams};

/// The member that names a queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct QueueTarget<'i>(Option<&'i str>);

impl<'i> QueueTarget<'i> {
    pub(super) fn new(arn: &'i Option<Text<'_>>) -> Self {
        Self(arn.as_ref().map(Text::as_str))
    }

    pub(super) fn check(self, checks: &mut Checks) {
        checks.required("queueARN", self.0.as_ref());
        checks.text("queueARN", self.0, rules::QUEUE_ARN);
    }

    /// What the policy is asked about, with the tags of the queue if it is one of the caller.
    pub(super) fn asked(
        self,
        streams: &Streams,
        caller: &Caller,
        action: &'static str,
    ) -> Resource {
        let Some(arn) = self.0.and_then(|text| text.parse::<QueueArn>().ok()) else {
            // It names nothing, and the call will fail, for whoever may do this at all.
            return Resource::any(action);
        };
        let asked = Resource::new(action, arn.to_string());
        let is_own = arn.account == caller.account && arn.region == caller.region;
        match streams.queue(&arn) {
            Ok(queue) if is_own => asked.tagged(queue.tags.iter().map(|(key, value)| (key, value))),
            Ok(_) | Err(_) => asked,
        }
    }

    /// The same, of an operation that gives records out, and may need the key of the queue's stream.
    pub(super) fn asked_to_open(
        self,
        streams: &Streams,
        caller: &Caller,
        action: &'static str,
    ) -> Vec<Resource> {
        let stream = self.find(streams, caller).ok();
        let stream = stream.and_then(|queue| streams.stream_by_id(queue.stream));
        let key = stream.and_then(|stream| streams.asked_to_open(&stream, caller.account));
        [self.asked(streams, caller, action)].into_iter().chain(key).collect()
    }

    /// The queue itself. One of another account or region is not found, whether it exists or not.
    pub(super) fn find(self, streams: &Streams, caller: &Caller) -> Result<Arc<Queue>> {
        let text = self.0.unwrap_or_default();
        let arn = text.parse::<QueueArn>().ok();
        let own = arn.filter(|arn| arn.account == caller.account && arn.region == caller.region);
        match own {
            Some(arn) => streams.queue(&arn),
            None => Err(Error::Queue(error::Queue::Missing(text.to_owned()))),
        }
    }
}

/// The queue that is meant by an ARN that may be of anything, if it is that of a queue.
pub(super) fn of_resource<'i>(arn: &'i Option<Text<'_>>) -> Option<QueueTarget<'i>> {
    let is_queue = arn.as_ref().is_some_and(|arn| arn.as_str().parse::<QueueArn>().is_ok());
    is_queue.then(|| QueueTarget::new(arn))
}
