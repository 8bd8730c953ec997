//! The member that names what a mapping reads: a stream, or a consumer that is registered with one.

use std::sync::Arc;

use domain::{ConsumerArn, StreamArn};
use streams::{Consumer, Stream};
use wire::{Caller, Resource};

use super::mapping_members::{own_stream, stream_asked};
use crate::error::Invalid;
use crate::mapping::ConsumerRef;
use crate::reading::{READ, SUBSCRIBE};
use crate::{Functions, Result};

/// What a mapping reads, as its maker names it.
#[derive(Clone, Copy, Debug)]
pub(super) struct EventSource<'i>(pub(super) &'i str);

impl EventSource<'_> {
    /// What the policy is asked about. What the mapping reads is not bounded by the function's role alone, so its maker
    /// must be allowed to read it. What is in another account is not found anyway.
    pub(super) fn asked(self, functions: &Functions, caller: &Caller) -> Option<Resource> {
        let Ok(arn) = self.0.parse::<ConsumerArn>() else {
            return stream_asked(functions, caller, READ, self.0);
        };
        if arn.stream.account != caller.account {
            return None;
        }
        Some(match own_consumer(functions, caller, &arn) {
            Some((stream, consumer)) => consumer.asked(&stream, SUBSCRIBE),
            None => Resource::new(SUBSCRIBE, arn.to_string()),
        })
    }

    /// The stream, and the consumer as which it is to be read, if one is named.
    pub(super) fn find(
        self,
        functions: &Functions,
        caller: &Caller,
    ) -> Result<(Arc<Stream>, Option<ConsumerRef>)> {
        let text = self.0;
        if text.contains(":kinesis:") && text.contains("/consumer/") {
            let arn = text.parse::<ConsumerArn>().ok();
            let found = arn.and_then(|arn| own_consumer(functions, caller, &arn));
            let (stream, consumer) = found.ok_or_else(|| Invalid::NoConsumer(text.to_owned()))?;
            return Ok((stream, Some(ConsumerRef::of(&consumer))));
        }
        if text.parse::<StreamArn>().is_err() {
            return Err(Invalid::Source(text.to_owned()).into());
        }
        let stream = own_stream(functions, caller, text);
        let stream = stream.ok_or_else(|| Invalid::NoStream(text.to_owned()))?;
        Ok((stream, None))
    }
}

/// The consumer of the caller with this ARN, and its stream.
fn own_consumer(
    functions: &Functions,
    caller: &Caller,
    arn: &ConsumerArn,
) -> Option<(Arc<Stream>, Arc<Consumer>)> {
    let StreamArn { region, account, .. } = &arn.stream;
    if *account != caller.account || *region != caller.region {
        return None;
    }
    functions.around.streams.consumer(arn)
}
