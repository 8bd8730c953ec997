//! What a mapping reads: a stream, or a stream as one of the consumers that are registered with it.
//!
//! Records come by the same engine either way, which each commit wakes. What a consumer adds is a name for who reads: the
//! role is asked about it instead of the stream, and nothing is read any more once it is deregistered.

use std::sync::Arc;

use domain::ConsumerArn;
use streams::{Consumer, Stream};

use crate::Functions;
use crate::function::FunctionFacts;
use crate::mapping::MappingFacts;
use crate::roles::Refusal;

/// What reads a stream.
pub(crate) const READ: &str = "kinesis:GetRecords";
/// What reads a stream as a consumer.
pub(crate) const SUBSCRIBE: &str = "kinesis:SubscribeToShard";

/// What is not there to be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Gone {
    /// The stream was deleted.
    #[error("Stream not found.")]
    Stream,
    /// The consumer was deregistered. One that is registered under its name is another one.
    #[error("Consumer not found: {0}")]
    Consumer(ConsumerArn),
}

impl Functions {
    /// The stream that a mapping reads.
    ///
    /// # Errors
    /// If it is gone, or the consumer as which it is read is.
    pub(crate) fn read_from(&self, mapping: &MappingFacts) -> Result<Arc<Stream>, Gone> {
        let stream = self.around.streams.stream_by_id(mapping.source.id).ok_or(Gone::Stream)?;
        self.reads_as(mapping)?;
        Ok(stream)
    }

    /// The consumer as which a mapping reads, if it reads as one.
    fn reads_as(&self, mapping: &MappingFacts) -> Result<Option<Arc<Consumer>>, Gone> {
        let Some(consumer) = &mapping.reads_as else { return Ok(None) };
        let streams = &self.around.streams;
        let found = streams.registered(mapping.source.id, &consumer.name, consumer.id);
        let gone = || Gone::Consumer(mapping.consumer_arn(consumer));
        found.map(Some).ok_or_else(gone)
    }

    /// Whether the function may read what the mapping reads, and use its key if it has one of its own.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn may_read(
        &self,
        function: &FunctionFacts,
        mapping: &MappingFacts,
        stream: &Stream,
    ) -> Result<(), Refusal> {
        let asked = match self.reads_as(mapping).map_err(|gone| gone.to_string())? {
            None => stream.asked(READ),
            Some(consumer) => consumer.asked(stream, SUBSCRIBE),
        };
        self.may(function, &asked)?;
        let key = self.around.streams.asked_to_open(stream, function.account);
        key.map_or(Ok(()), |key| self.may(function, &key))
    }

    /// Returns once the stream that a mapping reads is gone, or the consumer as which it reads it.
    pub(crate) async fn source_gone(&self, mapping: &MappingFacts) {
        let streams = &self.around.streams;
        let (mut stream_gone, mut consumer_gone) =
            (streams.streams_gone(), streams.consumers_gone());
        while self.read_from(mapping).is_ok() {
            let told = tokio::select! {
                told = stream_gone.changed() => told,
                told = consumer_gone.changed() => told,
            };
            if told.is_err() {
                return;
            }
        }
    }
}
