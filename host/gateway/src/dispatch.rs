//! A request's way through the door. The only place that turns a failure into bytes, and the only one that
//! logs it: one line each.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use http::Method;
use http::request::Parts;
use hyper::Request;
use hyper::body::{Body, Incoming};
use stdx::Chain;
use wire::Failure;

use crate::admit::{self, Answered, Asked};
use crate::arrival::Arrival;
use crate::reply::{self, Refusal, Response, Style};
use crate::resolve::Route;
use crate::site::Site;
use crate::trail::{self, Around, Watch};
use crate::{body, health, request};

/// Answers a request, whatever it is.
pub(crate) async fn respond(
    site: &Site,
    arrival: &Arrival,
    request: Request<Incoming>,
) -> Response {
    let (head, mut body) = request.into_parts();
    let is_open = arrival.is_open(site.door.tls.as_deref());
    let entropy = &*site.door.entropy;
    let request_id = entropy.uuid();
    let mut response = if let Some(response) = health::answer(&site.door, arrival, &head) {
        response
    } else if is_open && head.method == Method::OPTIONS && request::has_origin(&head.headers) {
        reply::preflight(&head.headers)
    } else {
        let mut response = operate(site, arrival, &head, &mut body, &request_id).await;
        reply::name_again(&mut response, entropy);
        if request::has_origin(&head.headers) {
            reply::allow_origin(&mut response);
        }
        response
    };
    reply::name(&mut response, &request_id);
    let written = response.body().size_hint().exact().unwrap_or_default();
    let numbers = &site.door.metrics.door;
    numbers.response_body_bytes.inc_by(written);
    response
}

/// A request that ought to be an operation.
async fn operate(
    site: &Site,
    arrival: &Arrival,
    head: &Parts,
    body: &mut Incoming,
    request_id: &str,
) -> Response {
    let clock = &site.door.clock;
    let start = clock.monotonic();
    let resolved = match arrival.is_open(site.door.tls.as_deref()) {
        true => site.routes.resolve(head),
        false => Err(Refusal::in_clear_text(head)),
    };
    let (route, refusal) = match resolved {
        Ok(resolved) => {
            let asked = Asked { site, resolved: &resolved, head, arrival, request_id };
            let route = resolved.route;
            let mut watch = Watch::over(
                &site.door.trail,
                Around {
                    service: route.service,
                    info: route.info,
                    host: request::host(head),
                    origin: arrival.origin(user_agent(head)),
                    request_id,
                },
            );
            let outcome = without_panic(site, admit::answer(&asked, &watch, body)).await;
            let outcome = watch.settle(outcome).await;
            route.metrics.seconds.observe(clock.monotonic().saturating_sub(start));
            match outcome {
                Ok(answered) => return succeed(route, answered),
                Err(failure) => (Some(route), Refusal::of(failure, Style::Aws(resolved.protocol))),
            }
        }
        Err(refusal) => {
            note_unknown(site, head, arrival, request_id, &refusal.failure);
            (None, refusal)
        }
    };
    record(site, route, &refusal.failure, arrival, request_id);
    let mut response = reply::failure(&refusal);
    if request::is_query_mode(&head.headers) {
        reply::name_query_error(&mut response, &refusal.failure);
    }
    if !request::is_http2(head) && !is_sent(site, head, body, &refusal.failure).await {
        reply::close(&mut response);
    }
    response
}

fn user_agent(head: &Parts) -> Option<String> {
    request::user_agent(&head.headers).map(str::to_owned)
}

/// Whoever signs a request of nothing that there is may be looking for a way in.
fn note_unknown(site: &Site, head: &Parts, arrival: &Arrival, request_id: &str, failure: &Failure) {
    let Ok(claim) = admit::presented(site.door.clock.now(), head) else {
        return;
    };
    let target = request::target(&head.headers);
    let name = target.rsplit('.').next().filter(|name| !name.is_empty());
    let name = name.unwrap_or("UnknownOperation");
    let origin = arrival.origin(user_agent(head));
    trail::unknown(&site.door.trail, name, &origin, request_id, &claim, failure);
}

fn succeed(route: &Route, answered: Answered) -> Response {
    route.metrics.succeeded.inc();
    reply::success(answered)
}

/// A panic is a failure of this request only. What it left behind is the business of whoever owns it: locks
/// here do not poison, and services keep their state with owners of their own.
async fn without_panic(
    site: &Site,
    answer: impl Future<Output = Result<Answered, Failure>>,
) -> Result<Answered, Failure> {
    match AssertUnwindSafe(answer).catch_unwind().await {
        Ok(outcome) => outcome,
        Err(payload) => {
            site.door.metrics.door.request_panics.inc();
            Err(Failure::internal(Panicked(said(&*payload))))
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("panic: {0}")]
struct Panicked(String);

fn said(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}

/// Whether the client has sent all of its body, so that it reads the answer and the connection can go on.
/// What is left of a refused one is read and thrown away; closing with bytes unread would reset the
/// connection before the client sees why.
async fn is_sent(site: &Site, head: &Parts, body: &mut Incoming, failure: &Failure) -> bool {
    if body.is_end_stream() {
        return true;
    }
    let hopeless = failure.status == 408 || request::expects_continue(&head.headers);
    !hopeless && body::discard(body, &site.door.limits).await
}

fn record(
    site: &Site,
    route: Option<&Route>,
    failure: &Failure,
    arrival: &Arrival,
    request_id: &str,
) {
    let peer = arrival.peer;
    let (service, operation) =
        route.map_or(("none", "none"), |route| (route.service, route.info.name));
    let code = &*failure.code;
    let metrics = &site.door.metrics;
    metrics.request_failed(service, operation, code);
    let status = failure.status;
    match (&failure.source, status) {
        (Some(source), 500..) => {
            let error = Chain(&**source);
            tracing::error!(request_id, service, operation, code, status, %peer, %error, "request failed");
        }
        _ => {
            tracing::info!(request_id, service, operation, code, status, %peer, "request failed");
        }
    }
}
