//! An operation whose answer is a stream: so many events of a size, and then what the caller wishes.

use std::future::pending;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt};
use wire::protocol::Protocol;
use wire::{ApiError, Caller, Fault, Resource, StreamingOperation, event_stream};

use crate::server::{Input, Service, own};

pub(crate) struct Ticks;

#[derive(Debug, thiserror::Error)]
#[error("it broke")]
pub(crate) struct Broken;

impl ApiError for Broken {
    fn code(&self) -> &'static str {
        "InternalFailure"
    }

    fn fault(&self) -> Fault {
        Fault::Server
    }

    fn public_message(&self) -> Option<String> {
        None
    }
}

impl StreamingOperation for Ticks {
    const NAME: &'static str = "Ticks";
    const ACTION: &'static str = "kinesis:Ticks";
    const EXCEPTIONS: &'static [&'static str] = &["InternalFailureException"];
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Events = Pin<Box<dyn Stream<Item = Result<Bytes, Broken>> + Send>>;
    type Error = Broken;

    async fn resources(
        _service: &Service,
        caller: &Caller,
        _input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>, Broken> {
        Ok(own(caller, Self::ACTION))
    }

    async fn run(
        _service: &Arc<Service>,
        _caller: &Caller,
        protocol: Protocol,
        input: Self::Input<'_>,
    ) -> Result<Self::Events, Broken> {
        let mut words = input.text.split(' ');
        let count = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
        let (mut bytes, mut end) = (1, "");
        while let (Some(word), Some(value)) = (words.next(), words.next()) {
            match word {
                "of" => bytes = value.parse().unwrap_or(1),
                _ => {
                    end = if value == "fail" {
                        "fail"
                    } else if value == "wait" {
                        "wait"
                    } else {
                        "panic"
                    }
                }
            }
        }
        let tick = move |_| Ok(event_stream::event(protocol, "Tick", &vec![b'x'; bytes]));
        let ticks = stream::iter(0..count).map(tick);
        let last = stream::once(async move {
            match end {
                "panic" => panic!("as the test wishes"),
                "wait" => pending().await,
                _ => Err(Broken),
            }
        });
        Ok(if end.is_empty() { Box::pin(ticks) } else { Box::pin(ticks.chain(last)) })
    }
}
