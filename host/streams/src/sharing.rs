//! Hanging a policy on a stream, and taking it off: one commit each, and what it says holds for the next request.

use domain::limits;

use crate::error::{Invalid, Missing, Sharing};
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
        let change = |facts: &mut StreamFacts| match facts.policy.take() {
            Some(_) => Ok(()),
            None => Err(Error::NotFound(Missing::Policy(stream.arn().to_string()))),
        };
        self.change_facts(stream, change).await
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
