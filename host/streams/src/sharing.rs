//! Hanging policies on streams and consumers, and taking them off: one commit each, and what they say holds for the
//! next request.

use domain::limits;

use crate::error::{Invalid, Missing, Sharing};
use crate::fanout::{Consumer, ConsumerFacts};
use crate::stream::{Stream, StreamFacts, sharing};
use crate::{Error, Result, Streams};

impl Streams {
    /// Hangs a policy on a stream, in the place of the one that it has.
    ///
    /// # Errors
    /// If it is no policy for this stream, the stream was deleted, or the store does not take it.
    pub async fn put_policy(&self, stream: &Stream, text: &str) -> Result<()> {
        check(text, &stream.arn().to_string(), &sharing::STREAM_ACTIONS)?;
        let change = |facts: &mut StreamFacts| {
            facts.policy = Some(text.to_owned());
            Ok(())
        };
        self.change_facts(stream, change).await
    }

    /// Takes the policy off a stream.
    ///
    /// # Errors
    /// If it has none, was deleted, or the store does not take it.
    pub async fn delete_policy(&self, stream: &Stream) -> Result<()> {
        let change = |facts: &mut StreamFacts| take(&mut facts.policy, || stream.arn().to_string());
        self.change_facts(stream, change).await
    }

    /// Hangs a policy on a consumer of `stream`, in the place of the one that it has.
    ///
    /// # Errors
    /// If it is no policy for this consumer, the consumer was deregistered, or the store does not take it.
    pub async fn put_consumer_policy(
        &self,
        stream: &Stream,
        consumer: &Consumer,
        text: &str,
    ) -> Result<()> {
        check(text, &consumer.arn(stream).to_string(), &sharing::CONSUMER_ACTIONS)?;
        let change = |facts: &mut ConsumerFacts| {
            facts.policy = Some(text.to_owned());
            Ok(())
        };
        self.change_consumer(stream, consumer, change).await
    }

    /// Takes the policy off a consumer of `stream`. Subscriptions that it let begin go on to their end.
    ///
    /// # Errors
    /// If it has none, was deregistered, or the store does not take it.
    pub async fn delete_consumer_policy(&self, stream: &Stream, consumer: &Consumer) -> Result<()> {
        let arn = || consumer.arn(stream).to_string();
        let change = |facts: &mut ConsumerFacts| take(&mut facts.policy, arn);
        self.change_consumer(stream, consumer, change).await
    }
}

fn take(policy: &mut Option<String>, arn: impl FnOnce() -> String) -> Result<()> {
    match policy.take() {
        Some(_) => Ok(()),
        None => Err(Error::NotFound(Missing::Policy(arn()))),
    }
}

/// Whether a text can be the policy of the resource with this ARN.
fn check(text: &str, arn: &str, actions: &[&str]) -> Result<()> {
    let bytes = text.len();
    if bytes > limits::RESOURCE_POLICY_CHARS_MAX {
        return Err(Error::Invalid(Invalid::Sharing(Sharing::Size { bytes })));
    }
    let checked = sharing::check(text, arn, actions);
    checked.map_err(|error| Error::Invalid(Invalid::Sharing(Sharing::Policy(Box::new(error)))))
}
