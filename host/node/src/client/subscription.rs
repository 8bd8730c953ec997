//! A subscription to a shard: events as they come, over a connection of its own.

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use serde::Deserialize;
use wire::event_stream::{self, Message};

use super::connection::Connection;
use super::kinesis::{TRIES, seconds};
use super::{Backoff, Client, ClientError, GotRecord, Prepared, Start, parse};

/// What one event tells.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Pushed<'a> {
    #[serde(borrow)]
    pub(crate) records: Vec<GotRecord<'a>>,
    /// Where a later subscription goes on; nothing once a closed shard is read to its end.
    #[serde(default)]
    pub(crate) continuation_sequence_number: Option<String>,
    #[serde(default)]
    pub(crate) millis_behind_latest: u64,
}

/// A registered consumer.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RegisteredConsumer {
    #[serde(rename = "ConsumerARN")]
    pub(crate) arn: String,
    pub(crate) consumer_status: String,
}

/// A subscription that has begun.
pub(crate) struct Subscription {
    body: Incoming,
    buffer: BytesMut,
    /// The connection ends with it.
    _connection: Connection,
}

impl Client {
    /// Registers a consumer of a stream; its ARN.
    pub(crate) async fn register_consumer(
        &self,
        stream_arn: &str,
        name: &str,
    ) -> Result<String, ClientError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Reply {
            consumer: RegisteredConsumer,
        }
        let asked = serde_json::json!({ "StreamARN": stream_arn, "ConsumerName": name });
        let reply = self.call("RegisterStreamConsumer", asked.to_string().into()).await?;
        parse::<Reply>(&reply).map(|reply| reply.consumer.arn)
    }

    /// A consumer of a stream, by name.
    pub(crate) async fn consumer(
        &self,
        stream_arn: &str,
        name: &str,
    ) -> Result<RegisteredConsumer, ClientError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Reply {
            consumer_description: RegisteredConsumer,
        }
        let asked = serde_json::json!({ "StreamARN": stream_arn, "ConsumerName": name });
        let (asked, patience) = (asked.to_string().into(), Backoff::times(TRIES));
        let reply = self.ask("DescribeStreamConsumer", asked, patience).await?;
        parse::<Reply>(&reply).map(|reply| reply.consumer_description)
    }

    /// Forgets a consumer.
    pub(crate) async fn deregister_consumer(&self, consumer: &str) -> Result<(), ClientError> {
        let asked = serde_json::json!({ "ConsumerARN": consumer }).to_string();
        let patience = Backoff::times(TRIES);
        self.call_patiently("DeregisterStreamConsumer", asked.into(), patience).await.map(drop)
    }

    /// Subscribes a consumer to a shard.
    pub(crate) async fn subscribe(
        &self,
        consumer: &str,
        shard: &str,
        start: &Start,
    ) -> Result<Subscription, ClientError> {
        let mut position = serde_json::json!({ "Type": "LATEST" });
        match start {
            Start::Latest => {}
            Start::TrimHorizon => position["Type"] = "TRIM_HORIZON".into(),
            Start::At(moment) => {
                position["Type"] = "AT_TIMESTAMP".into();
                position["Timestamp"] = seconds(*moment).into();
            }
            Start::After(number) => {
                position["Type"] = "AFTER_SEQUENCE_NUMBER".into();
                position["SequenceNumber"] = number.as_str().into();
            }
        }
        let asked = serde_json::json!({
            "ConsumerARN": consumer, "ShardId": shard, "StartingPosition": position,
        });
        let prepared = Prepared::new("SubscribeToShard", asked.to_string().into());
        let mut request = Request::new(Full::new(prepared.body().clone()));
        *request.method_mut() = Method::POST;
        *request.headers_mut() = prepared.headers(&self.shared.signer)?;
        let (connection, response) = self.shared.pool.open(request).await?;
        let (head, body) = response.into_parts();
        if !head.status.is_success() {
            let body = body.collect().await.map_err(super::connection::transport)?.to_bytes();
            return Err(ClientError::from_reply(head.status, &head.headers, &body));
        }
        Ok(Subscription { body, buffer: BytesMut::new(), _connection: connection })
    }
}

impl Subscription {
    /// The payload of the next event, which [`Pushed`] reads; nothing at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, ClientError> {
        loop {
            let taken = event_stream::take(&mut self.buffer);
            match taken.map_err(super::connection::transport)? {
                Some(message) if message.header(":event-type") == Some("initial-response") => {}
                Some(message) => return told(message).map(Some),
                None => match self.body.frame().await {
                    None => return Ok(None),
                    Some(frame) => {
                        let frame = frame.map_err(super::connection::transport)?;
                        if let Ok(data) = frame.into_data() {
                            self.buffer.extend_from_slice(&data);
                        }
                    }
                },
            }
        }
    }
}

fn told(message: Message) -> Result<Bytes, ClientError> {
    if message.header(":message-type") == Some("event") {
        return Ok(message.payload);
    }
    Err(ClientError::from_reply(StatusCode::BAD_REQUEST, &HeaderMap::new(), &message.payload))
}
