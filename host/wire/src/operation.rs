//! What an operation is.
//!
//! One AWS operation is one file that implements [`Operation`] for a unit struct, or [`crate::RestOperation`], or
//! [`StreamingOperation`]. [`Entry::works`], [`Entry::rest`] and [`Entry::streams`] turn it into a line of the table
//! of its service ([`crate::Table`]).

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use stdx::Background;

use crate::protocol::Protocol;
use crate::rest::{self, RestOperation};
use crate::streaming::{self, StreamingOperation};
use crate::trail::{self, Allow, Members, Notes, Picked, Trail};
use crate::{ApiError, Authorizer, Caller, Check, Checks, Denied, Failure, Reply, Resource};

/// One AWS operation of a service.
pub trait Operation: 'static {
    /// Its name in the model.
    const NAME: &'static str;
    /// The IAM action that guards it.
    const ACTION: &'static str;
    /// The largest body that it reads, in bytes.
    const BODY_LIMIT: usize = 1024 * 1024;
    /// Whether its body may be compressed with gzip: the trait `requestCompression` of the model.
    const TAKES_GZIP: bool = false;
    /// How it differs from AWS, for the compatibility page; empty if nothing is known.
    const DIFFERS: &'static str = "";
    /// What kind of event a call is.
    const TRAIL: Trail = Trail::of(Self::NAME);
    /// Members of the input that may stand in its events: see [`Allow`].
    const AUDITED: &'static [&'static str] = trail::NAMES;
    /// Members of the output that may stand in its events, if it changes something.
    const ANSWERED: &'static [&'static str] = &[];

    /// What it works on.
    type Service: Send + Sync + 'static;
    /// Its members as they come; may borrow from the body.
    type Input<'a>: Deserialize<'a> + Check + Send + Sync;
    /// Its members as they go.
    type Output: Serialize + Send + 'static;
    /// The exceptions of the service.
    type Error: ApiError;

    /// What the policy is asked about, all of which must be allowed. May look facts up (the stream inside a
    /// sealed iterator, say). The input is not validated yet.
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

    /// The threads that encode an output, if it is one that takes milliseconds; otherwise it is encoded at once.
    fn aside<'s>(_service: &'s Self::Service, _output: &Self::Output) -> Option<&'s Background> {
        None
    }
}

/// Whether an operation does its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It does.
    Works,
    /// It is known and refused; the text says why.
    Refused(&'static str),
}

/// What a request must bring to ask for an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// `X-Amz-Target` with the service's prefix and the operation's name.
    Target,
    /// A method and a path: see [`rest::Paths`].
    Path {
        /// The method.
        method: rest::Method,
        /// The template.
        path: &'static str,
    },
}

/// What is known of an operation without its service.
#[derive(Clone, Copy, Debug)]
pub struct Info {
    /// Its name in the model.
    pub name: &'static str,
    /// The IAM action that guards it.
    pub action: &'static str,
    /// How it is asked for.
    pub binding: Binding,
    /// The largest body that it reads, in bytes.
    pub body_limit: usize,
    /// Whether it works.
    pub state: State,
    /// How it differs from AWS; empty if nothing is known.
    pub differs: &'static str,
    /// What kind of event a call is.
    pub trail: Trail,
    /// The exception that a refusal is told with.
    pub refused_with: &'static str,
    /// Whether its body may be compressed with gzip.
    pub takes_gzip: bool,
}

/// A body to be answered, by someone whose signature held.
pub struct Call<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// Who decides whether they may.
    pub authorizer: &'a dyn Authorizer,
    /// How the body is written and the reply is wanted.
    pub protocol: Protocol,
    /// What the head brought, if the operation is bound to a path.
    pub head: Option<rest::Head<'a>>,
    /// The body, whole and with its digest checked.
    pub body: Bytes,
    /// Where it is noted what of the call may stand in the audit trail.
    pub notes: &'a Notes,
}

type Answer<'a> = Pin<Box<dyn Future<Output = Result<Reply, Failure>> + Send + 'a>>;
type Run<S> = for<'a> fn(&'a Arc<S>, Call<'a>) -> Answer<'a>;

/// One line of a service's table.
pub struct Entry<S> {
    /// What is known of it.
    pub info: Info,
    pub(crate) run: Option<Run<S>>,
}

impl<S: Send + Sync + 'static> Entry<S> {
    /// An operation that works.
    pub const fn works<O: Operation<Service = S>>() -> Self {
        let info = Info {
            name: O::NAME,
            action: O::ACTION,
            binding: Binding::Target,
            body_limit: O::BODY_LIMIT,
            state: State::Works,
            differs: O::DIFFERS,
            trail: O::TRAIL,
            refused_with: "",
            takes_gzip: O::TAKES_GZIP,
        };
        Self { info, run: Some(|service, call| Box::pin(answer::<O>(service, call))) }
    }

    /// An operation that works and whose answer is a stream.
    pub const fn streams<O: StreamingOperation<Service = S>>() -> Self {
        let info = Info {
            name: O::NAME,
            action: O::ACTION,
            binding: Binding::Target,
            body_limit: O::BODY_LIMIT,
            state: State::Works,
            differs: O::DIFFERS,
            trail: O::TRAIL,
            refused_with: "",
            takes_gzip: false,
        };
        Self { info, run: Some(|service, call| Box::pin(streaming::answer::<O>(service, call))) }
    }

    /// An operation of a path that works.
    pub const fn rest<O: RestOperation<Service = S>>() -> Self {
        const { rest::assert_is_template(O::PATH) };
        let info = Info {
            name: O::NAME,
            action: O::ACTION,
            binding: Binding::Path { method: O::METHOD, path: O::PATH },
            body_limit: O::BODY_LIMIT,
            state: State::Works,
            differs: O::DIFFERS,
            trail: O::TRAIL,
            refused_with: "",
            takes_gzip: false,
        };
        Self { info, run: Some(|service, call| Box::pin(rest::answer::<O>(service, call))) }
    }

    /// An operation that is known and refused.
    pub const fn refused(name: &'static str, action: &'static str, reason: &'static str) -> Self {
        Self { info: refusal(name, action, Binding::Target, reason), run: None }
    }

    /// The same, of a model that has another exception for it.
    pub const fn refused_with(
        name: &'static str,
        action: &'static str,
        exception: &'static str,
        reason: &'static str,
    ) -> Self {
        let info = refusal(name, action, Binding::Target, reason);
        Self { info: Info { refused_with: exception, ..info }, run: None }
    }

    /// An operation of a path that is known and refused.
    pub const fn rest_refused(
        name: &'static str,
        action: &'static str,
        (method, path): (rest::Method, &'static str),
        reason: &'static str,
    ) -> Self {
        rest::assert_is_template(path);
        Self { info: refusal(name, action, Binding::Path { method, path }, reason), run: None }
    }
}

const fn refusal(
    name: &'static str,
    action: &'static str,
    binding: Binding,
    reason: &'static str,
) -> Info {
    let state = State::Refused(reason);
    let trail = Trail::of(name);
    // Of the exceptions that clients of the models know, the one that says most.
    let refused_with = match binding {
        Binding::Target => "InvalidArgumentException",
        Binding::Path { .. } => "InvalidParameterValueException",
    };
    Info {
        name,
        action,
        binding,
        body_limit: 1024 * 1024,
        state,
        differs: "",
        trail,
        refused_with,
        takes_gzip: false,
    }
}

/// Decode, authorize, validate, run, encode: the life of every call once its signature held.
async fn answer<O: Operation>(service: &O::Service, call: Call<'_>) -> Result<Reply, Failure> {
    let input: O::Input<'_> = call.protocol.decode(&call.body)?;
    let asked = || picked::<Asked<O>>(&call, &call.body);
    call.notes.begin(asked);
    let outcome = act::<O>(service, &call, input).await;
    call.notes.end(&outcome, asked, |reply| match O::TRAIL.is_read_only() {
        true => Members::new(),
        false => picked::<Told<O>>(&call, reply.body.whole()),
    });
    outcome
}

async fn act<O: Operation>(
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
    let body = written::<O>(service, call, output).await?;
    // In RPC v2 nothing has no type.
    let is_typed = !(body.is_empty() && call.protocol == Protocol::RpcV2Cbor);
    let content_type = is_typed.then(|| call.protocol.content_type());
    let headers = call.protocol.headers();
    Ok(Reply { status: 200, content_type, headers, body: body.into() })
}

async fn written<O: Operation>(
    service: &O::Service,
    call: &Call<'_>,
    output: O::Output,
) -> Result<Bytes, Failure> {
    let protocol = call.protocol;
    let Some(aside) = O::aside(service, &output) else {
        return protocol.encode_reply(O::NAME, &call.caller.request_id, &output);
    };
    let id = call.caller.request_id.clone();
    let writing = aside.run(move || protocol.encode_reply(O::NAME, &id, &output));
    writing.await.map_err(Failure::internal)?
}

/// What may be audited of an input, and of an output.
struct Asked<O>(PhantomData<O>);
struct Told<O>(PhantomData<O>);

impl<O: Operation> Allow for Asked<O> {
    const MEMBERS: &'static [&'static str] = O::AUDITED;
}

impl<O: Operation> Allow for Told<O> {
    const MEMBERS: &'static [&'static str] = O::ANSWERED;
}

/// The allowed members of a body; none if it cannot be read that way.
pub(crate) fn picked<A: Allow>(call: &Call<'_>, body: &[u8]) -> Members {
    if A::MEMBERS.is_empty() || body.is_empty() {
        return Members::new();
    }
    let picked = call.protocol.decode::<Picked<A>>(body);
    picked.map(|picked| picked.members).unwrap_or_default()
}

/// Whether the caller may do all of it; if so, all of it.
pub(crate) async fn authorize(
    call: &Call<'_>,
    resources: Vec<Resource>,
) -> Result<Vec<Resource>, Failure> {
    for (index, asked) in resources.iter().enumerate() {
        let allowed = call.authorizer.authorize(call.caller, asked).await;
        allowed.map_err(|Denied { message }| {
            call.notes.denied(&resources[..=index]);
            let status = call.protocol.refusal_status();
            Failure { status, ..Failure::caller(asked.exception, message) }
        })?;
    }
    call.notes.allowed(call.caller, &resources);
    Ok(resources)
}
