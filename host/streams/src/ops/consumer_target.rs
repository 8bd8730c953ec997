//! The consumer that a call is about: by ARN, or by stream and name, or by both if they agree.

use std::sync::Arc;

use domain::{ConsumerArn, StreamArn};
use serde::Serialize;
use wire::shape::{Moment, Text};
use wire::{Caller, Checks, Resource};

use super::rules;
use super::shapes::{self, Shown};
use super::target::{Target, arn_of, check_id};
use crate::error::Fanout;
use crate::fanout::Consumer;
use crate::stream::Stream;
use crate::{Error, Result, Streams};

/// The members that name a consumer.
#[derive(Clone, Copy, Debug)]
pub(super) struct ConsumerTarget<'i> {
    stream_arn: Option<&'i str>,
    name: Option<&'i str>,
    arn: Option<&'i str>,
    /// What must be the stream's id, if it is given.
    id: Option<&'i str>,
}

impl<'i> ConsumerTarget<'i> {
    pub(super) fn new(
        stream_arn: &'i Option<Text<'_>>,
        name: &'i Option<Text<'_>>,
        arn: &'i Option<Text<'_>>,
    ) -> Self {
        let text = |text: &'i Option<Text<'_>>| text.as_ref().map(Text::as_str);
        Self { stream_arn: text(stream_arn), name: text(name), arn: text(arn), id: None }
    }

    /// The same, with the id of its stream that the call may have brought.
    pub(super) fn with_id(self, id: &'i Option<Text<'_>>) -> Self {
        Self { id: id.as_ref().map(Text::as_str), ..self }
    }

    pub(super) fn check(self, checks: &mut Checks) {
        checks.text("streamARN", self.stream_arn, rules::ARN);
        checks.text("consumerName", self.name, rules::NAME);
        checks.text("consumerARN", self.arn, rules::CONSUMER_ARN);
        checks.text("streamId", self.id, rules::STREAM_ID);
    }

    /// What the policy is asked about: the consumer, with its tags and, where that decides about the action, its policy.
    /// One of another account is as good as absent unless it has a policy that does.
    pub(super) fn asked(
        self,
        streams: &Streams,
        caller: &Caller,
        action: &'static str,
    ) -> Resource {
        if let Some(text) = self.arn {
            return match text.parse::<ConsumerArn>() {
                Ok(arn) => {
                    let found = found(streams, caller, &arn);
                    let asked = found.map(|(stream, consumer)| consumer.asked(&stream, action));
                    let is_known =
                        |asked: &Resource| is_own(&arn, caller) || asked.policy.is_some();
                    let asked = asked.filter(is_known);
                    asked.unwrap_or_else(|| Resource::new(action, arn.to_string()))
                }
                // It names nothing, and the call will fail, for whoever may do this at all.
                Err(_) => Resource::any(action),
            };
        }
        let (Some(stream_text), Some(name)) = (self.stream_arn, self.name) else {
            return Resource::any(action);
        };
        match self.by_name(streams, caller) {
            Ok((stream, consumer)) => consumer.asked(&stream, action),
            Err(_) => {
                let stream = match stream_text.parse::<StreamArn>() {
                    Ok(arn) => arn.to_string(),
                    Err(_) => arn_of(caller, "*"),
                };
                // Nobody knows when it would have been registered.
                Resource::new(action, format!("{stream}/consumer/{name}:*"))
            }
        }
    }

    /// The consumer and its stream. What is another account's or region's is not found, whether it is there or
    /// not.
    pub(super) fn find(
        self,
        streams: &Streams,
        caller: &Caller,
    ) -> Result<(Arc<Stream>, Arc<Consumer>)> {
        self.find_of(streams, caller, |consumer| consumer.facts.account == caller.account)
    }

    /// The same, where the policy was asked and said yes: it may be of another account, if its ARN is given.
    pub(super) fn find_shared(
        self,
        streams: &Streams,
        caller: &Caller,
    ) -> Result<(Arc<Stream>, Arc<Consumer>)> {
        self.find_of(streams, caller, |consumer| consumer.is_found_by(caller.account))
    }

    fn find_of(
        self,
        streams: &Streams,
        caller: &Caller,
        is_found: impl Fn(&Consumer) -> bool,
    ) -> Result<(Arc<Stream>, Arc<Consumer>)> {
        let found = self.find_any(streams, caller, is_found)?;
        check_id(self.id, &found.0)?;
        Ok(found)
    }

    fn find_any(
        self,
        streams: &Streams,
        caller: &Caller,
        is_found: impl Fn(&Consumer) -> bool,
    ) -> Result<(Arc<Stream>, Arc<Consumer>)> {
        let Some(text) = self.arn else {
            return self.by_name(streams, caller);
        };
        let arn = text.parse::<ConsumerArn>().ok();
        let found = arn.and_then(|arn| found(streams, caller, &arn));
        let found = found.filter(|(_, consumer)| is_found(consumer));
        let (stream, consumer) = found.ok_or_else(|| {
            let (consumer, account) = (text.to_owned(), caller.account);
            Error::Fanout(Fanout::Missing { consumer, account })
        })?;
        let named = self.name.is_none_or(|name| name == consumer.facts.name.as_str());
        let of_stream = self.stream_arn.is_none_or(|it| it == stream.arn().to_string());
        match named && of_stream {
            true => Ok((stream, consumer)),
            false => Err(Error::Fanout(Fanout::ArnMismatch(text.to_owned()))),
        }
    }

    fn by_name(self, streams: &Streams, caller: &Caller) -> Result<(Arc<Stream>, Arc<Consumer>)> {
        let (Some(arn), Some(name)) = (self.stream_arn, self.name) else {
            return Err(Error::Fanout(Fanout::Unnamed));
        };
        let stream = Target::of_arn(arn).find(streams, caller)?;
        let consumer = streams.consumer_named(&stream, name)?;
        Ok((stream, consumer))
    }
}

fn is_own(arn: &ConsumerArn, caller: &Caller) -> bool {
    arn.stream.account == caller.account
}

/// The consumer with this ARN in the region of the call, whoever owns it.
fn found(
    streams: &Streams,
    caller: &Caller,
    arn: &ConsumerArn,
) -> Option<(Arc<Stream>, Arc<Consumer>)> {
    if arn.stream.region != caller.region {
        return None;
    }
    streams.consumer(arn)
}

/// A consumer as most operations tell it. It is active as soon as it is registered.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Shape {
    #[serde(rename = "ConsumerARN")]
    consumer_arn: Shown<ConsumerArn>,
    consumer_creation_timestamp: Moment,
    consumer_name: Shown<domain::ConsumerName>,
    consumer_status: &'static str,
    /// Only where one consumer is described.
    #[serde(rename = "StreamARN", skip_serializing_if = "Option::is_none")]
    stream_arn: Option<Shown<StreamArn>>,
}

impl Shape {
    pub(super) fn of(stream: &Stream, consumer: &Consumer) -> Self {
        Self {
            consumer_arn: Shown(consumer.arn(stream)),
            consumer_creation_timestamp: shapes::whole_seconds(consumer.facts.created),
            consumer_name: Shown(consumer.facts.name.clone()),
            consumer_status: "ACTIVE",
            stream_arn: None,
        }
    }

    /// The same, with its stream. No `flatten`: that writes maps without lengths in CBOR.
    pub(super) fn described(stream: &Stream, consumer: &Consumer) -> Self {
        Self { stream_arn: Some(Shown(stream.arn())), ..Self::of(stream, consumer) }
    }
}
