//! Requests that a consumer sends to other hosts: whether it may, with secrets put in that it is not told, within what
//! one batch may send and receive.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::SecretName;
use egress::{Bounds, Error, Hosts, Kind, Scheme, Target};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Uri};
use tokio::sync::oneshot;
use wasm::message::{Fetch, Fetched, HeaderText, NotFetched};

use super::Session;

/// Requests of one batch.
const CALLS_MAX: u32 = 1000;
/// Bytes that one batch sends, and as many that it receives.
const BYTES_MAX: usize = 32 * 1024 * 1024;
/// What an answer counts that did not come whole: how much of it came nobody knows here. It may have been all that
/// there was room for, so what a batch receives at most is some times as much as it may; counted as that, the first
/// answer that fails would end all that the batch is to fetch.
const FAILED_BYTES: usize = BYTES_MAX / 8;
/// How long an answer is waited for if the guest does not say.
const TIME: Duration = Duration::from_secs(30);
/// What it may say.
const TIME_MAX: Duration = Duration::from_secs(60);

/// What a batch has sent and received.
#[derive(Debug, Default)]
pub(super) struct Spent {
    calls: u32,
    sent: usize,
    received: usize,
}

impl Spent {
    /// Takes a request into account, and gives how much may be received.
    fn send(&mut self, bytes: usize) -> Result<usize, NotFetched> {
        let sent = self.sent.saturating_add(bytes);
        let room = BYTES_MAX.saturating_sub(self.received);
        if self.calls >= CALLS_MAX || sent > BYTES_MAX || room == 0 {
            return Err(NotFetched::TooMany(format!(
                "a batch may send {CALLS_MAX} requests of {BYTES_MAX} bytes, and receive as many bytes: the next one may \
                 send more"
            )));
        }
        self.calls += 1;
        self.sent = sent;
        Ok(room)
    }

    /// Takes an answer into account, or that it failed.
    fn receive(&mut self, answer: Result<usize, &NotFetched>) {
        let bytes = match answer {
            Ok(bytes) => bytes,
            Err(NotFetched::TooLarge(_) | NotFetched::Failed(_) | NotFetched::TimedOut(_)) => {
                FAILED_BYTES
            }
            Err(
                NotFetched::Invalid(_)
                | NotFetched::Denied(_)
                | NotFetched::TooMany(_)
                | NotFetched::Busy(_)
                | NotFetched::NotReached(_),
            ) => 0,
        };
        self.received = self.received.saturating_add(bytes);
    }
}

impl Session {
    /// Sends a request, if the role allows it and the batch has not sent too much.
    pub(super) async fn send(&self, fetch: Fetch) -> Result<Fetched, NotFetched> {
        let invalid = |why: String| NotFetched::Invalid(why);
        let (target, uri) = Target::parse(&fetch.url).map_err(|why| invalid(why.to_string()))?;
        let facts = &self.function.facts;
        self.functions.may_fetch(facts, &target).map_err(NotFetched::Denied)?;
        let time = fetch.time.unwrap_or(TIME);
        if time.is_zero() || time > TIME_MAX {
            let (is, most) = (time.as_millis(), TIME_MAX.as_millis());
            return Err(invalid(format!("a request of {is} ms; it may take 1 to {most}")));
        }
        let headers = self.headers(&fetch.headers, &target)?;
        let request = request(&fetch, uri, headers)?;
        let bytes = fetch.url.len() + fetch.body.len();
        let room = self.inner.lock().spent.send(bytes)?.min(fetch.answer_bytes);
        let bounds = Bounds { time, response_bytes: room, ..Bounds::default() };
        let answer = self.go_out(target, request, bounds).await;
        self.inner.lock().spent.receive(answer.as_ref().map(|answer| answer.body().len()));
        answer.map(told)
    }

    /// Has the request sent where connections live: not on the guests' threads, which others may keep busy. Nobody
    /// waits for it any more once this is dropped.
    async fn go_out(
        &self,
        target: Target,
        request: Request<Bytes>,
        bounds: Bounds,
    ) -> Result<Response<Bytes>, NotFetched> {
        let around = &self.functions.around;
        let (egress, tenant) = (Arc::clone(&around.egress), self.function.facts.account);
        let (mut sender, receiver) = oneshot::channel();
        {
            let _entered = self.runtime.enter();
            around.tasks.spawn("fetch", async move {
                let hosts = Hosts::only(&target);
                tokio::select! {
                    answer = egress.fetch(tenant, &hosts, request, bounds) => {
                        // Who asked may have gone in this moment.
                        let _ = sender.send(answer);
                    }
                    () = sender.closed() => {}
                }
            });
        }
        let lost = |_lost| NotFetched::Failed("the server is about to stop".to_owned());
        receiver.await.map_err(lost)?.map_err(|error| why(&error))
    }

    fn headers(
        &self,
        wanted: &[(String, HeaderText)],
        target: &Target,
    ) -> Result<HeaderMap, NotFetched> {
        let mut headers = HeaderMap::new();
        for (name, text) in wanted {
            let shown: String = name.chars().take(64).collect();
            let no_header = |_| NotFetched::Invalid(format!("{shown:?} is no name of a header"));
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(no_header)?;
            let value = match text {
                HeaderText::Plain(bytes) => {
                    HeaderValue::from_maybe_shared(bytes.clone()).map_err(|_not_one| {
                        NotFetched::Invalid(format!("header {name} has a byte that none may have"))
                    })
                }
                HeaderText::Secret { secret, prefix, suffix } => {
                    self.sealed(*secret, (prefix, suffix), target)
                }
            };
            headers.append(name, value?);
        }
        Ok(headers)
    }

    /// A header with a secret in it. Nothing that is told of it here or later says what it is.
    fn sealed(
        &self,
        secret: u32,
        (prefix, suffix): (&str, &str),
        target: &Target,
    ) -> Result<HeaderValue, NotFetched> {
        let invalid = |why: String| NotFetched::Invalid(why);
        let opened = self.inner.lock().secrets.get(secret as usize).cloned();
        let name: SecretName = opened
            .ok_or_else(|| invalid(format!("secret {secret} was not opened in this batch")))?;
        let facts = &self.function.facts;
        self.functions.may_send_secret(facts, &name, target).map_err(NotFetched::Denied)?;
        if !is_kept_secret(target) {
            return Err(NotFetched::Denied(format!(
                "secret {name} does not go to {target}, where others could read it on the way: use https"
            )));
        }
        let found = self.functions.around.directory.secret(facts.account, &facts.region, &name);
        let found = found.map_err(|error| invalid(format!("secret {name}: {error}")))?;
        let text = stdx::Secret::new([prefix, found.expose(), suffix].concat());
        let mut value = HeaderValue::from_str(text.expose()).map_err(|_tells_it| {
            invalid(format!("secret {name} cannot stand in a header, with what is around it"))
        })?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// Whether nobody on the way can read what is sent there: over TLS, or within this machine.
fn is_kept_secret(target: &Target) -> bool {
    let is_here = || target.host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
    target.scheme == Scheme::Https || is_here()
}

fn request(fetch: &Fetch, uri: Uri, headers: HeaderMap) -> Result<Request<Bytes>, NotFetched> {
    let no_method =
        |_| NotFetched::Invalid("the method is none: write GET, for example".to_owned());
    let method = Method::from_bytes(fetch.method.as_bytes()).map_err(no_method)?;
    let mut request = Request::new(fetch.body.clone());
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    Ok(request)
}

fn told(response: Response<Bytes>) -> Fetched {
    let (head, body) = response.into_parts();
    let header = |(name, value): (&HeaderName, &HeaderValue)| {
        (name.as_str().to_owned(), Bytes::copy_from_slice(value.as_bytes()))
    };
    Fetched {
        status: head.status.as_u16(),
        headers: head.headers.iter().map(header).collect(),
        body,
    }
}

/// What the guest is told. Causes are the operator's business.
fn why(error: &Error) -> NotFetched {
    let told = error.to_string();
    match (error, error.kind()) {
        (_, Kind::Invalid) => NotFetched::Invalid(told),
        (_, Kind::Denied) => NotFetched::Denied(told),
        (_, Kind::Busy) => NotFetched::Busy(told),
        (Error::Time(_), _) => NotFetched::TimedOut(told),
        (Error::ResponseTooLarge(_), _) => NotFetched::TooLarge(told),
        (Error::Lookup { .. } | Error::Connect { .. } | Error::Tls { .. } | Error::NoRoots, _) => {
            NotFetched::NotReached(told)
        }
        _ => NotFetched::Failed(told),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_where_nobody_listens() {
        for (url, is_kept) in [
            ("https://api.test/", true),
            ("http://api.test:443/", false),
            ("http://localhost/", false),
            ("http://10.0.0.1/", false),
            ("http://127.0.0.9:8080/", true),
            ("http://[::1]/", true),
        ] {
            assert_eq!(is_kept_secret(&Target::parse(url).unwrap().0), is_kept, "{url}");
        }
    }

    #[test]
    fn a_batch_sends_and_receives_so_much() {
        let mut spent = Spent::default();
        assert_eq!(spent.send(BYTES_MAX), Ok(BYTES_MAX));
        assert!(matches!(spent.send(1), Err(NotFetched::TooMany(_))));
        spent = Spent { received: BYTES_MAX - 1, ..Spent::default() };
        assert_eq!(spent.send(0), Ok(1));
        for _ in 1..CALLS_MAX {
            spent.send(0).unwrap();
        }
        assert!(spent.send(0).is_err());
    }

    #[test]
    fn answers_that_fail_count_as_well() {
        let why = || "it broke".to_owned();
        for failed in
            [NotFetched::TooLarge(why()), NotFetched::Failed(why()), NotFetched::TimedOut(why())]
        {
            let mut spent = Spent::default();
            for _ in 0..8 {
                assert!(spent.send(0).is_ok(), "{failed:?}");
                spent.receive(Err(&failed));
            }
            assert!(matches!(spent.send(0), Err(NotFetched::TooMany(_))), "{failed:?}");
        }
        let mut spent = Spent::default();
        spent.receive(Ok(BYTES_MAX - 1));
        // Nothing came of these.
        for nothing in [NotFetched::NotReached(why()), NotFetched::Busy(why())] {
            spent.receive(Err(&nothing));
        }
        assert_eq!(spent.send(0), Ok(1));
    }
}
