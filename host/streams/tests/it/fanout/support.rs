//! A host with a consumer, and a subscription that can be read.

use std::pin::pin;
use std::time::Duration;

use bytes::BytesMut;
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::time::timeout;
use wire::protocol::Protocol;
use wire::{Api, Authorizer, Body, Call, Caller, Frames, event_stream, testing};

use crate::support::{AllowAll, Host, Refusal, arn, caller, merge, text};

pub(crate) const SHARD: &str = "shardId-000000000000";

/// Events as a client sees them.
pub(crate) struct Events {
    frames: Frames,
    protocol: Protocol,
}

/// What comes next.
#[derive(Debug, PartialEq)]
pub(crate) enum Next {
    Event(Value),
    Exception(String, String),
    End,
}

impl Events {
    pub(crate) async fn next(&mut self) -> Next {
        let Some(frame) = self.frames.next().await else {
            return Next::End;
        };
        let message = event_stream::take(&mut BytesMut::from(&frame.bytes[..]));
        let message = message.unwrap().unwrap();
        assert_eq!(message.header(":content-type"), Some(self.protocol.content_type()));
        let members = testing::read(self.protocol, &message.payload).unwrap();
        match message.header(":exception-type") {
            Some(kind) => Next::Exception(kind.to_owned(), text(&members, "message")),
            None => {
                assert_eq!(message.header(":event-type"), Some("SubscribeToShardEvent"));
                Next::Event(members)
            }
        }
    }

    pub(crate) async fn event(&mut self) -> Value {
        match self.next().await {
            Next::Event(event) => event,
            other => panic!("{other:?} where an event was due"),
        }
    }

    /// Nothing comes as long as nothing happens.
    pub(super) async fn is_silent(&mut self) {
        let next = pin!(self.next());
        let come = timeout(Duration::from_millis(20), next).await;
        assert!(come.is_err(), "{come:?}");
    }
}

impl Host {
    pub(crate) async fn register(&self, stream: &str, name: &str) -> String {
        let input = json!({"StreamARN": arn(stream), "ConsumerName": name});
        text(&self.call("RegisterStreamConsumer", input).await["Consumer"], "ConsumerARN")
    }

    pub(crate) async fn subscribe(&self, consumer: &str, start: Value) -> Events {
        let begun = self.try_subscribe(consumer, json!({"StartingPosition": start})).await;
        begun.unwrap_or_else(|refusal| panic!("{refusal:?}"))
    }

    pub(super) async fn try_subscribe(
        &self,
        consumer: &str,
        more: Value,
    ) -> Result<Events, Refusal> {
        let mut input = json!({"ConsumerARN": consumer, "ShardId": SHARD});
        merge(&mut input, more);
        self.subscribe_under(&AllowAll, &caller(), &input).await
    }

    /// A subscription of somebody, if `authorizer` lets it begin.
    pub(crate) async fn subscribe_under(
        &self,
        authorizer: &dyn Authorizer,
        caller: &Caller,
        input: &Value,
    ) -> Result<Events, Refusal> {
        let protocol = self.protocol();
        let call = Call {
            caller,
            authorizer,
            protocol,
            head: None,
            body: testing::write(protocol, input).into(),
            notes: &wire::Notes::default(),
        };
        let info = self.table().find("SubscribeToShard").unwrap();
        let reply = self.table().call(info, call).await.map_err(Refusal::of)?;
        assert_eq!(reply.content_type, Some("application/vnd.amazon.eventstream"));
        let Body::Frames(mut frames) = reply.body else {
            panic!("the body is whole");
        };
        let first = frames.next().await.unwrap();
        let first = event_stream::take(&mut BytesMut::from(&first.bytes[..])).unwrap().unwrap();
        assert_eq!(first.header(":event-type"), Some("initial-response"));
        Ok(Events { frames, protocol })
    }
}

pub(super) fn latest() -> Value {
    json!({"Type": "LATEST"})
}

pub(crate) fn horizon() -> Value {
    json!({"Type": "TRIM_HORIZON"})
}

pub(super) fn number(kind: &str, number: &str) -> Value {
    json!({"Type": kind, "SequenceNumber": number})
}

pub(super) fn continuation(event: &Value) -> String {
    text(event, "ContinuationSequenceNumber")
}
