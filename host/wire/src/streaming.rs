//! Operations whose answer is a stream: the same way to the answer as any other, and then one message after the
//! other until the service ends it or the client goes away.

use std::future::{Future, ready};
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt};
use serde::Deserialize;

use crate::operation::{authorize, picked};
use crate::protocol::Protocol;
use crate::trail::{self, Allow, Members, Trail};
use crate::{
    ApiError, Body, Call, Caller, Check, Checks, Failure, Fault, Reply, Resource, event_stream,
};

/// Whole messages of an event stream, in order.
pub type Frames = Pin<Box<dyn Stream<Item = Frame> + Send>>;

/// One message.
#[derive(Debug)]
pub struct Frame {
    /// As it goes out.
    pub bytes: Bytes,
    /// What it tells, if it is the failure that ends the stream; for the log.
    pub failure: Option<Failure>,
}

/// One AWS operation whose answer is a stream of events.
pub trait StreamingOperation: 'static {
    /// Its name in the model.
    const NAME: &'static str;
    /// The IAM action that guards it.
    const ACTION: &'static str;
    /// The largest body that it reads, in bytes.
    const BODY_LIMIT: usize = 1024 * 1024;
    /// How it differs from AWS, for the compatibility page; empty if nothing is known.
    const DIFFERS: &'static str = "";
    /// What kind of event of the trail a call is.
    const TRAIL: Trail = Trail::of(Self::NAME);
    /// Members of the input that may stand in it: see [`Allow`].
    const AUDITED: &'static [&'static str] = trail::NAMES;
    /// The exceptions that its stream may end with, by their names in the model.
    const EXCEPTIONS: &'static [&'static str];

    /// What it works on.
    type Service: Send + Sync + 'static;
    /// Its members as they come; may borrow from the body.
    type Input<'a>: Deserialize<'a> + Check + Send + Sync;
    /// Whole messages, made by [`event_stream::event`]. A failure is the last.
    type Events: Stream<Item = Result<Bytes, Self::Error>> + Send + 'static;
    /// The exceptions of the service.
    type Error: ApiError;

    /// What the policy is asked about, as with [`crate::Operation::resources`].
    fn resources(
        service: &Self::Service,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> impl Future<Output = Result<Vec<Resource>, Self::Error>> + Send;

    /// Begins it. What fails here is an ordinary failure; what fails later is told in the stream. The input
    /// satisfies the model's constraints; events are to be written in `protocol`.
    fn run(
        service: &Arc<Self::Service>,
        caller: &Caller,
        protocol: Protocol,
        input: Self::Input<'_>,
    ) -> impl Future<Output = Result<Self::Events, Self::Error>> + Send;
}

/// Decode, authorize, validate, begin.
pub(crate) async fn answer<O: StreamingOperation>(
    service: &Arc<O::Service>,
    call: Call<'_>,
) -> Result<Reply, Failure> {
    let input: O::Input<'_> = call.protocol.decode(&call.body)?;
    let asked = || picked::<Asked<O>>(&call, &call.body);
    call.notes.begin(asked);
    let outcome = act::<O>(service, &call, input).await;
    call.notes.end(&outcome, asked, |_reply| Members::new());
    outcome
}

async fn act<O: StreamingOperation>(
    service: &Arc<O::Service>,
    call: &Call<'_>,
    input: O::Input<'_>,
) -> Result<Reply, Failure> {
    let resources = O::resources(service, call.caller, &input).await?;
    let resources = authorize(call, resources).await?;
    let mut checks = Checks::default();
    input.check(&mut checks);
    checks.finish()?;
    call.authorizer.pace(call.caller, &resources)?;
    let events = O::run(service, call.caller, call.protocol, input).await?;
    let body = Body::Frames(frames::<O>(call.protocol, events));
    let content_type = Some(event_stream::CONTENT_TYPE);
    Ok(Reply { status: 200, content_type, headers: Vec::new(), body })
}

struct Asked<O>(PhantomData<O>);

impl<O: StreamingOperation> Allow for Asked<O> {
    const MEMBERS: &'static [&'static str] = O::AUDITED;
}

/// The messages of a stream of events, up to the first failure.
fn frames<O: StreamingOperation>(protocol: Protocol, events: O::Events) -> Frames {
    let first = Frame { bytes: event_stream::initial_response(protocol), failure: None };
    let rest = events.map(move |event| match event {
        Ok(bytes) => Frame { bytes, failure: None },
        Err(error) => ending(protocol, O::EXCEPTIONS, error.into()),
    });
    let whole = rest.scan(false, |is_over, frame| {
        let was_over = std::mem::replace(is_over, frame.failure.is_some());
        ready((!was_over).then_some(frame))
    });
    Box::pin(stream::once(ready(first)).chain(whole))
}

/// The message that tells a failure: an exception of the stream's model, where it has one.
pub fn ending(protocol: Protocol, exceptions: &[&'static str], failure: Failure) -> Frame {
    let code = &*failure.code;
    let is_it = |known: &&&str| **known == code || known.strip_suffix("Exception") == Some(code);
    let ours = matches!(failure.fault, Some(Fault::Server)) || failure.status >= 500;
    let known = exceptions.iter().find(is_it).copied();
    let known = known.or_else(|| {
        let internal = |known: &&&str| known.starts_with("InternalFailure");
        exceptions.iter().find(internal).copied().filter(|_| ours)
    });
    let bytes = match known {
        Some(kind) => {
            event_stream::exception(protocol, kind, &protocol.encode_failure(&failure, ""))
        }
        None => event_stream::error(code, failure.message.as_deref().unwrap_or_default()),
    };
    Frame { bytes, failure: Some(failure) }
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;

    use super::*;

    #[test]
    fn failures_become_exceptions_of_the_model_if_it_has_them() {
        let told = |failure: Failure| {
            let known = ["ResourceInUseException", "InternalFailureException"];
            let frame = ending(Protocol::AwsJson11, &known, failure);
            let message = event_stream::take(&mut BytesMut::from(&frame.bytes[..]));
            let message = message.unwrap().unwrap();
            let kind = message.header(":exception-type").or_else(|| message.header(":error-code"));
            (message.header(":message-type").unwrap().to_owned(), kind.unwrap().to_owned())
        };
        let is = |kind: &str, name: &str| (kind.to_owned(), name.to_owned());
        let taken = Failure::caller("ResourceInUseException", "taken");
        assert_eq!(told(taken), is("exception", "ResourceInUseException"));
        let internal = Failure::internal("it broke");
        assert_eq!(told(internal), is("exception", "InternalFailureException"));
        let busy = Failure { status: 503, ..Failure::bare("ServiceUnavailable") };
        assert_eq!(told(busy), is("exception", "InternalFailureException"));
        let other = Failure::caller("ThrottlingException", "slower");
        assert_eq!(told(other), is("error", "ThrottlingException"));
    }
}
