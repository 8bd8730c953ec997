//! What the program says about itself: `GET /health` to everybody, `GET /metrics` to its operator.

use std::net::IpAddr;

use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde_json::json;
use stdx::Secret;
use subtle::ConstantTimeEq;

use crate::arrival::Arrival;
use crate::reply::{Response, plain};
use crate::{Door, request};

/// The answer of `GET /health`.
#[derive(Clone, Debug, Default)]
pub struct HealthReport {
    /// What was looked at.
    pub checks: Vec<HealthCheck>,
}

/// One thing that must be in order. Everybody may read it.
#[derive(Clone, Debug)]
pub struct HealthCheck {
    /// What: `storage`.
    pub name: &'static str,
    /// What is wrong with it, if anything.
    pub problem: Option<String>,
}

impl HealthReport {
    /// Whether nothing is wrong.
    pub fn is_healthy(&self) -> bool {
        self.checks.iter().all(|check| check.problem.is_none())
    }

    fn text(&self) -> String {
        let status = if self.is_healthy() { "ok" } else { "failing" };
        let checks = self.checks.iter().map(|HealthCheck { name, problem }| {
            let status = if problem.is_none() { "ok" } else { "failing" };
            json!({ "name": name, "status": status, "problem": problem })
        });
        let checks: Vec<_> = checks.collect();
        json!({ "status": status, "checks": checks }).to_string()
    }
}

/// The answer, if the request asks for one of the two pages. This machine may ask in clear text even where that
/// is refused to others: what looks after the program should not need its certificate. Neither tells browsers that other sites may
/// read it: a page from anywhere could, with the operator's browser, from the operator's own machine.
pub(crate) fn answer(door: &Door, arrival: &Arrival, head: &Parts) -> Option<Response> {
    let peer = arrival.peer;
    if !peer.is_loopback() && !arrival.is_open(door.tls.as_deref()) {
        return None;
    }
    match (&head.method, head.uri.path()) {
        (&Method::GET | &Method::HEAD, "/health") => Some(health(door)),
        (&Method::GET, "/metrics")
            if is_operator(door.metrics_token.as_ref(), peer, &head.headers) =>
        {
            Some(metrics(door))
        }
        (&Method::GET, "/metrics") => Some(unauthorized()),
        _ => None,
    }
}

fn health(door: &Door) -> Response {
    let report = (door.health)();
    let code = if report.is_healthy() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    plain(code, "application/json", report.text())
}

fn metrics(door: &Door) -> Response {
    plain(StatusCode::OK, metering::CONTENT_TYPE, door.metrics.expose())
}

fn unauthorized() -> Response {
    let text = "metrics are for the operator: send the configured token as a bearer token\n";
    let mut response =
        plain(StatusCode::UNAUTHORIZED, "text/plain; charset=utf-8", text.to_owned());
    let scheme = HeaderValue::from_static("Bearer");
    response.headers_mut().insert(WWW_AUTHENTICATE, scheme);
    response
}

/// Whoever has the token; this machine if there is none. With a token, being on this machine proves nothing:
/// a proxy here makes everybody's requests come from here.
fn is_operator(token: Option<&Secret<String>>, peer: IpAddr, headers: &HeaderMap) -> bool {
    let Some(token) = token else {
        return peer.is_loopback();
    };
    let given = request::text(headers, &AUTHORIZATION);
    let given = given.and_then(|value| value.strip_prefix("Bearer "));
    given.is_some_and(|given| bool::from(token.expose().as_bytes().ct_eq(given.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_for_the_holder_of_the_token_and_without_one_for_loopback() {
        let token = Secret::new("t0ken".to_owned());
        let with = |value: &'static str| {
            let value = HeaderValue::from_static(value);
            HeaderMap::from_iter([(AUTHORIZATION, value)])
        };
        let far: IpAddr = "192.0.2.1".parse().unwrap();
        let near: IpAddr = "127.0.0.1".parse().unwrap();
        let may = |headers: &HeaderMap| is_operator(Some(&token), far, headers);
        assert!(may(&with("Bearer t0ken")));
        for value in ["", "t0ken", "Bearer ", "Bearer t0ke", "Bearer t0kenn", "Basic t0ken"] {
            assert!(!may(&with(value)), "{value}");
        }
        assert!(!may(&HeaderMap::new()));
        assert!(!is_operator(None, far, &with("Bearer ")));
        assert!(is_operator(None, near, &HeaderMap::new()));
        assert!(!is_operator(Some(&token), near, &HeaderMap::new()));
        assert!(is_operator(Some(&token), near, &with("Bearer t0ken")));
    }
}
