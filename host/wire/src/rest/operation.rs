//! What an operation of REST-JSON is, and its life once the signature held.

use std::future::Future;
use std::marker::PhantomData;

use super::{IntoReply, Method, Request};
use crate::operation::{authorize, picked};
use crate::trail::{Allow, Members, Trail, cut, shown};
use crate::{ApiError, Call, Caller, Check, Checks, Failure, Reply, Resource};

/// An input that is read from a request. Members that stand in the path, the query or a header are not looked
/// for in the body.
pub trait FromRequest<'a>: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// What the accessors of [`Request`] tell.
    fn from_request(request: &Request<'a>) -> Result<Self, Failure>;
}

/// One AWS operation of a service that speaks REST-JSON.
pub trait RestOperation: 'static {
    /// Its name in the model.
    const NAME: &'static str;
    /// The IAM action that guards it.
    const ACTION: &'static str;
    /// The method that it is bound to.
    const METHOD: Method;
    /// The path that it is bound to, as the model writes it: see [`super::Paths`].
    const PATH: &'static str;
    /// The status of an answer, unless the output brings its own.
    const STATUS: u16 = 200;
    /// The largest body that it reads, in bytes.
    const BODY_LIMIT: usize = 1024 * 1024;
    /// How it differs from AWS, for the compatibility page; empty if nothing is known.
    const DIFFERS: &'static str = "";
    /// What kind of event a call is.
    const TRAIL: Trail = Trail::of(Self::NAME);
    /// What may stand in its events besides the labels of the path, which always do: members of the body (see
    /// [`Allow`]), and parameters of the query with a question mark before them.
    const AUDITED: &'static [&'static str] = &[];
    /// Members of the output that may stand in its events, if it changes something.
    const ANSWERED: &'static [&'static str] = &[];

    /// What it works on.
    type Service: Send + Sync + 'static;
    /// Its members as they come; may borrow from the request.
    type Input<'a>: FromRequest<'a> + Check + Send + Sync;
    /// What goes out: [`super::Json`] of members, `()`, or a whole [`Reply`].
    type Output: IntoReply + Send;
    /// The exceptions of the service.
    type Error: ApiError;

    /// What the policy is asked about, all of which must be allowed. May look facts up. The input is not
    /// validated yet.
    fn resources(
        service: &Self::Service,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> impl Future<Output = Result<Vec<Resource>, Self::Error>> + Send;

    /// Does it. The input satisfies the model's constraints.
    fn run(
        service: &Self::Service,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> impl Future<Output = Result<Self::Output, Self::Error>> + Send;
}

/// Decode, authorize, validate, run, encode: the life of every call once its signature held.
pub(crate) async fn answer<O: RestOperation>(
    service: &O::Service,
    call: Call<'_>,
) -> Result<Reply, Failure> {
    let Some(head) = &call.head else {
        return Err(Failure::internal("an operation of a path was called without its head"));
    };
    let request = Request::new(head, &call.body)?;
    let input = O::Input::from_request(&request)?;
    let asked = || parameters::<O>(&call, &request);
    call.notes.begin(asked);
    let outcome = act::<O>(service, &call, input).await;
    call.notes.end(&outcome, asked, |reply| match O::TRAIL.is_read_only() {
        true => Members::new(),
        false => picked::<Told<O>>(&call, reply.body.whole()),
    });
    outcome
}

async fn act<O: RestOperation>(
    service: &O::Service,
    call: &Call<'_>,
    input: O::Input<'_>,
) -> Result<Reply, Failure> {
    let resources = O::resources(service, call.caller, &input).await?;
    let resources = authorize(call, resources).await?;
    let mut checks = Checks::default();
    input.check(&mut checks);
    checks.finish()?;
    call.authorizer.pace(call.caller, &resources)?;
    let output = O::run(service, call.caller, input).await?;
    output.into_reply(O::STATUS)
}

/// What may be audited of a body, and of an output. No member of a body begins with a question mark.
struct Asked<O>(PhantomData<O>);
struct Told<O>(PhantomData<O>);

impl<O: RestOperation> Allow for Asked<O> {
    const MEMBERS: &'static [&'static str] = O::AUDITED;
}

impl<O: RestOperation> Allow for Told<O> {
    const MEMBERS: &'static [&'static str] = O::ANSWERED;
}

/// What of a request may be audited. A body is looked into only if members of it are listed: it may be a
/// payload.
fn parameters<O: RestOperation>(call: &Call<'_>, request: &Request<'_>) -> Members {
    let has_body = O::AUDITED.iter().any(|allowed| !allowed.starts_with('?'));
    let mut members = if has_body { picked::<Asked<O>>(call, &call.body) } else { Members::new() };
    for (name, value) in request.labels() {
        members.insert(shown(name), cut(value).into());
    }
    for name in O::AUDITED.iter().filter_map(|allowed| allowed.strip_prefix('?')) {
        if let Some(value) = request.query(name) {
            members.insert(shown(name), cut(value.as_str()).into());
        }
    }
    members
}
