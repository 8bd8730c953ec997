//! `shardmill:guest/http`: requests to other hosts. A guest that waits for an answer takes no thread and no processor time.

use std::time::Duration;

use bytes::Bytes;
use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentType, Lift, LinkerInstance, Lower};

use super::access;
use crate::message::{Fetch, Fetched, HeaderText, NotFetched};
use crate::run::State;

/// Bytes of a request's URL, method and headers. What the way out takes is less.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Headers of a request. What the way out takes is less.
const HEADERS_MAX: usize = 256;
/// Bytes of a body, in each direction.
const BODY_BYTES_MAX: usize = 6 * 1024 * 1024;

/// What a guest is told.
type Told = wasmtime::Result<(Result<ResponseIn, ErrorIn>,)>;

/// Links `fetch`.
pub(super) fn link(interface: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    interface.func_wrap_async("fetch", |store, (request,): (RequestOut,)| {
        Box::new(fetch(store, request))
    })
}

async fn fetch(mut store: StoreContextMut<'_, State>, request: RequestOut) -> Told {
    if let Err(why) = request.check() {
        return Ok((Err(ErrorIn::Invalid(why)),));
    }
    let room = store.data().room();
    if room == 0 {
        return Ok((Err(ErrorIn::too_much()),));
    }
    let outside = store.data().outside()?;
    let answer = outside.fetch(request.message(room.min(BODY_BYTES_MAX)));
    let answer = access::within(&store, answer).await?;
    // It was not the guest that let the time pass.
    store.set_epoch_deadline(1);
    Ok((match answer {
        Ok(fetched) if store.data_mut().give(bytes(&fetched)) => Ok(ResponseIn::of(fetched)),
        Ok(_) => Err(ErrorIn::too_much()),
        Err(why) => Err(ErrorIn::of(why)),
    },))
}

fn bytes(fetched: &Fetched) -> usize {
    let header = |(name, value): &(String, Bytes)| name.len() + value.len();
    fetched.body.len() + fetched.headers.iter().map(header).sum::<usize>()
}

/// `http.sealed`.
#[derive(ComponentType, Lift)]
#[component(record)]
struct SealedOut {
    secret: u32,
    prefix: String,
    suffix: String,
}

/// `http.value`.
#[derive(ComponentType, Lift)]
#[component(variant)]
enum ValueOut {
    #[component(name = "text")]
    Text(String),
    #[component(name = "bytes")]
    Bytes(Vec<u8>),
    #[component(name = "secret")]
    Secret(SealedOut),
}

/// `http.header`.
#[derive(ComponentType, Lift)]
#[component(record)]
struct HeaderOut {
    name: String,
    value: ValueOut,
}

/// `http.request`.
#[derive(ComponentType, Lift)]
#[component(record)]
struct RequestOut {
    method: String,
    url: String,
    headers: Vec<HeaderOut>,
    body: Vec<u8>,
    #[component(name = "time-ms")]
    time_ms: Option<u32>,
    extra: Vec<(String, String)>,
}

/// `http.response`.
#[derive(ComponentType, Lower)]
#[component(record)]
struct ResponseIn {
    status: u16,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    extra: Vec<(String, String)>,
}

/// `http.error`.
#[derive(ComponentType, Lower)]
#[component(variant)]
enum ErrorIn {
    #[component(name = "denied")]
    Denied(String),
    #[component(name = "invalid")]
    Invalid(String),
    #[component(name = "too-many")]
    TooMany(String),
    #[component(name = "busy")]
    Busy(String),
    #[component(name = "not-reached")]
    NotReached(String),
    #[component(name = "timed-out")]
    TimedOut(String),
    #[component(name = "too-large")]
    TooLarge(String),
    #[component(name = "failed")]
    Failed(String),
    #[component(name = "extra")]
    #[expect(dead_code, reason = "room for later")]
    Extra((String, String)),
}

impl HeaderOut {
    fn bytes(&self) -> usize {
        let value = match &self.value {
            ValueOut::Text(text) => text.len(),
            ValueOut::Bytes(bytes) => bytes.len(),
            ValueOut::Secret(SealedOut { prefix, suffix, .. }) => prefix.len() + suffix.len(),
        };
        self.name.len() + value
    }
}

impl RequestOut {
    fn check(&self) -> Result<(), String> {
        let head = self.method.len() + self.url.len();
        let head = head + self.headers.iter().map(HeaderOut::bytes).sum::<usize>();
        if self.headers.len() > HEADERS_MAX || head > HEAD_BYTES_MAX {
            let count = self.headers.len();
            return Err(format!("{count} headers, which with the URL have {head} bytes: too many"));
        }
        let body = self.body.len();
        if body > BODY_BYTES_MAX {
            return Err(format!("a body of {body} bytes; at most {BODY_BYTES_MAX} are taken"));
        }
        match self.extra.first() {
            Some((name, _)) => {
                Err(format!("{:?} is not known to this host", crate::unfit::cut(name, 64)))
            }
            None => Ok(()),
        }
    }

    fn message(self, answer_bytes: usize) -> Fetch {
        let value = |value| match value {
            ValueOut::Text(text) => HeaderText::Plain(text.into()),
            ValueOut::Bytes(bytes) => HeaderText::Plain(bytes.into()),
            ValueOut::Secret(SealedOut { secret, prefix, suffix }) => {
                HeaderText::Secret { secret, prefix, suffix }
            }
        };
        let Self { method, url, headers, body, time_ms, extra: _ } = self;
        let headers = headers.into_iter().map(|it| (it.name, value(it.value))).collect();
        let time = time_ms.map(|ms| Duration::from_millis(ms.into()));
        Fetch { method, url, headers, body: body.into(), time, answer_bytes }
    }
}

impl ResponseIn {
    fn of(Fetched { status, headers, body }: Fetched) -> Self {
        let headers = headers.into_iter().map(|(name, value)| (name, value.to_vec())).collect();
        Self { status, headers, body: body.to_vec(), extra: Vec::new() }
    }
}

impl ErrorIn {
    fn of(why: NotFetched) -> Self {
        match why {
            NotFetched::Denied(why) => Self::Denied(why),
            NotFetched::Invalid(why) => Self::Invalid(why),
            NotFetched::TooMany(why) => Self::TooMany(why),
            NotFetched::Busy(why) => Self::Busy(why),
            NotFetched::NotReached(why) => Self::NotReached(why),
            NotFetched::TimedOut(why) => Self::TimedOut(why),
            NotFetched::TooLarge(why) => Self::TooLarge(why),
            NotFetched::Failed(why) => Self::Failed(why),
        }
    }

    fn too_much() -> Self {
        Self::TooMany("a call is given at most 32 MiB by all that it asks for".to_owned())
    }
}
