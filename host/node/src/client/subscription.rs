//! A subscription to a shard: events as they come, over a connection of its own.

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use serde::Deserialize;
use wire::event_stream::{self, Message};

use super::connection::Connection;
use super::{Client, ClientError, GotRecord, Prepared, parse};

/// What one event tells.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Pushed<'a> {
    #[serde(borrow)]
    pub(crate) records: Vec<GotRecord<'a>>,
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
            consumer: Consumer,
        }
        #[derive(Deserialize)]
        struct Consumer {
            #[serde(rename = "ConsumerARN")]
            arn: String,
        }
        let asked = serde_json::json!({ "StreamARN": stream_arn, "ConsumerName": name });
        let reply = self.call("RegisterStreamConsumer", asked.to_string().into()).await?;
        parse::<Reply>(&reply).map(|reply| reply.consumer.arn)
    }

    /// Subscribes a consumer to what comes to a shard from now on.
    pub(crate) async fn subscribe(
        &self,
        consumer: &str,
        shard: &str,
    ) -> Result<Subscription, ClientError> {
        let asked = serde_json::json!({
            "ConsumerARN": consumer, "ShardId": shard, "StartingPosition": { "Type": "LATEST" },
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
