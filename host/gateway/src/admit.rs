//! From a resolved request to its answer: who asks, is it they, and then the service.
//!
//! The order is the same for every operation: header form, skew and key id; the body under its limit and the
//! budget; the signature; only then the service, which decodes, authorizes, validates and runs. So strangers
//! cost no more than a head and a body, which counts for their address until the signature holds, and no service
//! code runs for them.

use std::sync::Arc;

use domain::{Millis, Region};
use http::request::Parts;
use hyper::body::{Body, Incoming};
use identity::Key;
use identity::sigv4::{Presented, Rejection, body_sha256};
use wire::protocol::Protocol;
use wire::rest::Head;
use wire::{Call, Caller, Failure, Reply};

use crate::Limits;
use crate::arrival::Arrival;
use crate::body::{self, BodyError, Whole};
use crate::budget::UsedUp;
use crate::gather::Expected;
use crate::inflate;
use crate::limits::BODY_SHARE_FIRST_BYTES;
use crate::request;
use crate::resolve::Resolved;
use crate::share::Share;
use crate::site::Site;
use crate::trail::Watch;
use crate::whose::Whose;

/// A request whose operation is known.
pub(crate) struct Asked<'a, 'r> {
    pub(crate) site: &'r Site,
    pub(crate) resolved: &'a Resolved<'r, 'a>,
    pub(crate) head: &'a Parts,
    pub(crate) arrival: &'a Arrival,
    pub(crate) request_id: &'a str,
}

/// The one whom the head claims to come from.
struct Claim {
    presented: Presented,
    region: Region,
    key: Arc<Key>,
}

/// An answer and what it holds of the budget.
pub(crate) struct Answered {
    pub(crate) reply: Reply,
    pub(crate) share: Share,
}

/// Answers it.
pub(crate) async fn answer(
    asked: &Asked<'_, '_>,
    watch: &Watch<'_>,
    body: &mut Incoming,
) -> Result<Answered, Failure> {
    let Asked { site, resolved, head, arrival, .. } = asked;
    let Resolved { protocol, labels, .. } = resolved;
    let route = resolved.route();
    if body.is_end_stream() && protocol.needs_body() {
        // AWS says so before it looks at the signature.
        return Err(Failure::bare("SerializationException"));
    }
    // A body beyond anybody's part of the budget would be told to come back for ever.
    let limit = route.info.body_limit.min(site.bodies.terms.bytes_each);
    let expected = expected(limit, body)?;
    let claim = claim(asked, watch)?;
    let first = expected.end().min(BODY_SHARE_FIRST_BYTES);
    let account = claim.key.account;
    let share = site.bodies.take(Whose::claims(account, arrival.peer), first).await;
    let mut share = share.map_err(|error| body_failure(error.into()))?;
    let whole = body::read(body, &expected, &mut share, &site.door.limits).await;
    let Whole { bytes, sha256 } = whole.map_err(body_failure)?;
    let door = &site.door;
    door.metrics.door.request_body_bytes.inc_by(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    let secret = claim.key.secret.expose().as_bytes();
    claim
        .presented
        .verify(secret, &sha256, door.keys.derived())
        .map_err(|rejection| rejected(asked, &rejection))?;
    let passed = share.pass_to(Whose::Account(account)).await;
    passed.map_err(|error| body_failure(error.into()))?;
    let bytes = match resolved.is_gzip {
        true => inflate::gunzip(bytes, limit, &mut share).await.map_err(body_failure)?,
        false => bytes,
    };
    if let Protocol::Query(form) = protocol {
        resolved.find(&site.routes, form, &bytes)?;
        watch.found(resolved.route().info);
    }
    let route = resolved.route();
    if bytes.len() > route.info.body_limit {
        return Err(body_failure(BodyError::TooLarge { limit: route.info.body_limit }));
    }
    let (caller, notes) = watch.begin(caller(asked, &claim)).await?;
    let first = Limits::reply_share_first(bytes.len());
    let reply_share = site.replies.take(Whose::Account(account), first).await;
    let mut reply_share = reply_share.map_err(no_room)?;
    let query = head.uri.query().unwrap_or_default();
    let call = Call {
        caller,
        authorizer: &*door.authorizer,
        protocol: *protocol,
        head: labels.as_deref().map(|labels| Head { labels, query, headers: &head.headers }),
        body: bytes,
        notes,
    };
    let reply = route.api.call(route.info, call).await?;
    reply_share.fit(reply.body.whole().len()).map_err(no_room)?;
    Ok(Answered { reply, share: reply_share })
}

/// Too many answers are waiting for their readers.
fn no_room(error: UsedUp) -> Failure {
    let message = "The server is busy with other answers. Try again.";
    let failure = Failure::caller("ServiceUnavailable", message);
    Failure { status: 503, source: Some(Box::new(error)), ..failure }
}

fn expected(limit: usize, body: &Incoming) -> Result<Expected, Failure> {
    let length = body.size_hint().exact();
    let length = length.map(|length| usize::try_from(length).unwrap_or(usize::MAX));
    match length {
        Some(length) if length > limit => Err(body_failure(BodyError::TooLarge { limit })),
        _ => Ok(Expected { length, limit }),
    }
}

/// The first phase of the signature, and whether its scope and key are ones of ours.
fn claim(asked: &Asked<'_, '_>, watch: &Watch<'_>) -> Result<Claim, Failure> {
    let Asked { site, resolved, head, .. } = asked;
    let route = resolved.route();
    let door = &site.door;
    let presented = presented(door.clock.now(), head);
    let presented = presented.map_err(|rejection| rejected(asked, &rejection))?;
    watch.claimed(&presented);
    let region: Option<Region> = presented.region().parse().ok();
    let served = |region: &Region| {
        let regions = door.regions.as_ref();
        regions.is_none_or(|regions| regions.contains(region))
    };
    let Some(region) = region.filter(served) else {
        let message = "Credential should be scoped to a valid region. ";
        return Err(misdirected(asked, message.to_owned()));
    };
    if !route.api.signing_names().contains(&presented.service()) {
        let service = route.service;
        let message = format!("Credential should be scoped to correct service: '{service}'. ");
        return Err(misdirected(asked, message));
    }
    // No key of ours is temporary, so a session token belongs to none of them.
    let key = door.keys.find(presented.access_key_id());
    let Some(key) = key.filter(|_| presented.security_token().is_none()) else {
        let rejection = presented.burn(&body_sha256(b""));
        return Err(rejected(asked, &rejection));
    };
    Ok(Claim { presented, region, key })
}

/// What a head brings to prove whose it is.
pub(crate) fn presented(now: Millis, head: &Parts) -> Result<Presented, Rejection> {
    let now_ms = i64::try_from(now.0).unwrap_or(i64::MAX);
    Presented::from_request(
        &head.method,
        head.uri.path(),
        head.uri.query().unwrap_or_default(),
        request::host(head),
        &head.headers,
        now_ms,
    )
}

fn caller(asked: &Asked<'_, '_>, claim: &Claim) -> Caller {
    let Claim { presented, region, key } = claim;
    let user_agent = request::user_agent(&asked.head.headers).map(str::to_owned);
    Caller {
        account: key.account,
        region: region.clone(),
        principal: key.principal.as_ref().to_owned(),
        access_key_id: presented.access_key_id().to_owned(),
        origin: asked.arrival.origin(user_agent),
        request_id: asked.request_id.to_owned(),
    }
}

fn rejected(asked: &Asked<'_, '_>, rejection: &Rejection) -> Failure {
    let code = rejection.code();
    asked.site.door.metrics.authentication_failed(code);
    unauthorized(asked, Failure::caller(code, rejection.public_message()))
}

fn misdirected(asked: &Asked<'_, '_>, message: String) -> Failure {
    let code = "InvalidSignatureException";
    asked.site.door.metrics.authentication_failed(code);
    unauthorized(asked, Failure::caller(code, message))
}

fn unauthorized(asked: &Asked<'_, '_>, failure: Failure) -> Failure {
    Failure { status: asked.resolved.protocol.refusal_status(), ..failure }
}

fn body_failure(error: BodyError) -> Failure {
    let (status, code, message) = match &error {
        BodyError::TooLarge { limit } => (
            413,
            "RequestEntityTooLargeException",
            format!("The request body must have at most {limit} bytes."),
        ),
        BodyError::TooSlow => {
            (408, "RequestTimeoutException", "The request body arrived too slowly.".to_owned())
        }
        BodyError::UsedUp(_) => (
            503,
            "ServiceUnavailable",
            "The server is busy with other request bodies. Try again.".to_owned(),
        ),
        BodyError::NoGzip(_) => (
            400,
            "SerializationException",
            "The request body is not gzip, as its Content-Encoding says.".to_owned(),
        ),
        BodyError::Broken(_) => (
            400,
            "IncompleteBodyException",
            "The request body ended before its length was reached.".to_owned(),
        ),
    };
    Failure { status, source: Some(Box::new(error)), ..Failure::caller(code, message) }
}
