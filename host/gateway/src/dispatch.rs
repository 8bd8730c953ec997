//! A request's way through the door. The only place that turns a failure into bytes, and the only one that
//! logs it: one line each.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use http::Method;
use http::request::Parts;
use hyper::Request;
use hyper::body::{Body, Incoming};
use stdx::Chain;
use wire::{Failure, Fault};

use crate::admit::{self, Answered, Asked};
use crate::arrival::Arrival;
use crate::feed::Told;
use crate::reply::{self, Refusal, Response, Style};
use crate::resolve::Route;
use crate::site::Site;
use crate::trail::{self, Around, Watch};
use crate::{body, health, request};

/// Answers a request, whatever it is.
pub(crate) async fn respond(
    site: &Arc<Site>,
    arrival: &Arc<Arrival>,
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
    site: &Arc<Site>,
    arrival: &Arc<Arrival>,
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
            let route = resolved.route();
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
            let route = resolved.route();
            route.metrics.answered(clock.monotonic().saturating_sub(start));
            match outcome {
                Ok(answered) => {
                    route.metrics.succeeded();
                    return reply::success(answered, || told(site, route, arrival, request_id));
                }
                Err(failure) => (Some(route), Refusal::of(failure, Style::Aws(resolved.protocol))),
            }
        }
        Err(refusal) => {
            note_unknown(site, head, arrival, request_id, &refusal.failure);
            (None, refusal)
        }
    };
    let about = route.map(|route| (route.service, route.info.name));
    record(site, about, &refusal.failure, arrival, request_id);
    let mut response = reply::failure(&refusal, request_id);
    if request::is_query_mode(&head.headers) {
        reply::name_query_error(&mut response, &refusal.failure);
    }
    if !is_sent(site, head, body, &refusal.failure).await && !request::is_http2(head) {
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

/// Where it is told what becomes of an answer that is a stream.
fn told(site: &Arc<Site>, route: &Route, arrival: &Arc<Arrival>, request_id: &str) -> Told {
    let numbers = &site.door.metrics.door;
    let about = (route.service, route.info.name);
    let (site, arrival, request_id) =
        (Arc::clone(site), Arc::clone(arrival), request_id.to_owned());
    Told {
        open: numbers.reply_streams_open.clone(),
        bytes: numbers.response_body_bytes.clone(),
        panics: numbers.request_panics.clone(),
        failed: Box::new(move |failure| {
            record(&site, Some(about), failure, &arrival, &request_id);
        }),
    }
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
/// What is left of a refused one is read and thrown away. Over HTTP/1.1, closing with bytes unread would reset the connection
/// before the client sees why. Over HTTP/2 an answer may come before the body's end, and the stream is reset then; but
/// clients lose the answer over it: those of `nghttp2`, such as curl, fail, and Node.js never hears of it.
async fn is_sent(site: &Site, head: &Parts, body: &mut Incoming, failure: &Failure) -> bool {
    if body.is_end_stream() {
        return true;
    }
    let hopeless = failure.status == 408 || request::expects_continue(&head.headers);
    !hopeless && body::discard(body, &site.door.limits).await
}

fn record(
    site: &Site,
    about: Option<(&'static str, &'static str)>,
    failure: &Failure,
    arrival: &Arrival,
    request_id: &str,
) {
    let peer = arrival.peer;
    let (service, operation) = about.unwrap_or(("none", "none"));
    let code = &*failure.code;
    let metrics = &site.door.metrics;
    metrics.request_failed(service, operation, code);
    let status = failure.status;
    // Of these there may be thousands a second. They are counted, and what is behind them is told once by whoever knows it.
    let is_put_off = matches!(status, 429 | 503) || failure.fault == Some(Fault::Throttle);
    match (&failure.source, status) {
        _ if is_put_off => {
            tracing::debug!(request_id, service, operation, code, status, %peer, "request put off");
        }
        (Some(source), 500..) => {
            let error = Chain(&**source);
            tracing::error!(request_id, service, operation, code, status, %peer, %error, "request failed");
        }
        _ => {
            tracing::info!(request_id, service, operation, code, status, %peer, "request failed");
        }
    }
}
