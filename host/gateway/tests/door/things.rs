//! A service of REST-JSON behind the door, and the services next to it.

use std::sync::Arc;

use bytes::Bytes;
use domain::Millis;
use serde::{Deserialize, Serialize};
use wire::rest::{FromRequest, IntoReply, Json, Method, Request};
use wire::shape::{Blob, Int, Iso, Moment, Tags, Text};
use wire::{
    ApiError, Caller, Check, Checks, Details, Entry, Failure, Fault, Forms, Pattern, Reply,
    Resource, RestOperation, Table, TextRule,
};

use crate::server::{ENTRIES, NOW, Server, Service};

pub(crate) const CREATE_LIMIT: usize = 70 * 1024 * 1024;

/// A door that opens to AWS JSON for Kinesis and for operations of our own, and to REST-JSON.
pub(crate) async fn start() -> Server {
    start_with(|_door| {}).await
}

pub(crate) async fn start_with(adjust: impl FnOnce(&mut gateway::Door)) -> Server {
    Server::with(|door| {
        door.apis.push(Arc::new(Table {
            signing_names: &["lambda"],
            target_prefix: "",
            forms: Forms::NONE,
            entries: THINGS,
            service: Arc::new(Things),
        }));
        door.apis.push(Arc::new(Table {
            signing_names: &["shardmill"],
            target_prefix: "Shardmill_20261101",
            forms: Forms::NONE,
            entries: ENTRIES,
            service: Arc::new(Service::default()),
        }));
        adjust(door);
    })
    .await
}

pub(crate) struct Things;

static THINGS: &[Entry<Things>] = &[
    Entry::rest::<CreateThing>(),
    Entry::rest::<DeleteThing>(),
    Entry::rest::<GetThing>(),
    Entry::rest::<Invoke>(),
    Entry::rest_refused(
        "ListLayers",
        "lambda:ListLayers",
        (Method::Get, "/2018-10-31/layers"),
        "there are no layers",
    ),
];

const NAME: TextRule = TextRule {
    min: 1,
    max: 70,
    pattern: Some(Pattern {
        text: "[a-zA-Z0-9-_:$]+",
        matches: |text| {
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_:$".contains(&byte))
        },
    }),
};

/// An input of a name and a qualifier.
pub(crate) struct Named<'a> {
    name: Option<Text<'a>>,
    qualifier: Option<Text<'a>>,
    max_items: Option<Int>,
}

impl<'a> FromRequest<'a> for Named<'a> {
    fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        Ok(Self {
            name: request.label("Name"),
            qualifier: request.query("Qualifier"),
            max_items: request.query_int("MaxItems")?,
        })
    }
}

impl Check for Named<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.text("name", self.name.as_ref().map(Text::as_str), NAME);
        checks.number("maxItems", self.max_items.map(|number| number.0), 1, 50);
    }
}

/// What went wrong, by the thing's name.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Wrong(&'static str, u16, Fault);

const WRONGS: [Wrong; 7] = [
    Wrong("ResourceNotFoundException", 404, Fault::Caller),
    Wrong("ResourceConflictException", 409, Fault::Caller),
    Wrong("RequestTooLargeException", 413, Fault::Caller),
    Wrong("TooManyRequestsException", 429, Fault::Throttle),
    Wrong("ServiceException", 500, Fault::Server),
    Wrong("InvalidRuntimeException", 502, Fault::Server),
    Wrong("ServiceUnavailableException", 503, Fault::Server),
];

impl ApiError for Wrong {
    fn code(&self) -> &'static str {
        self.0
    }

    fn fault(&self) -> Fault {
        self.2
    }

    fn public_message(&self) -> Option<String> {
        Some(format!("It is {}.", self.1))
    }

    fn status(&self) -> Option<u16> {
        (self.1 != 500).then_some(self.1)
    }

    fn details(&self) -> Details {
        match self.1 {
            404 => Details { capital_message: true, ..Details::default() },
            429 => Details {
                members: vec![("Reason", "CallerRateLimitExceeded".to_owned())],
                headers: vec![("Retry-After", "1".to_owned()), ("x-bad", "a\nb".to_owned())],
                ..Details::default()
            },
            _ => Details::default(),
        }
    }
}

fn shown(text: Option<Text<'_>>) -> Option<String> {
    text.map(|text| text.0.into_owned())
}

/// Makes an operation of a few lines.
macro_rules! operation {
    ($name:ident, $method:ident, $path:expr, $status:expr, $limit:expr, $input:ident, $output:ty,
     |$caller:ident, $asked:ident| $body:expr) => {
        struct $name;

        impl RestOperation for $name {
            const NAME: &'static str = stringify!($name);
            const ACTION: &'static str = concat!("lambda:", stringify!($name));
            const METHOD: Method = Method::$method;
            const PATH: &'static str = $path;
            const STATUS: u16 = $status;
            const BODY_LIMIT: usize = $limit;
            type Service = Things;
            type Input<'a> = $input<'a>;
            type Output = $output;
            type Error = Wrong;

            async fn resources(
                _things: &Things,
                caller: &Caller,
                _input: &Self::Input<'_>,
            ) -> Result<Vec<Resource>, Wrong> {
                let arn = format!("arn:aws:lambda:{}:{}:function:f", caller.region, caller.account);
                Ok(vec![Resource::new(Self::ACTION, arn)])
            }

            async fn run(
                _things: &Things,
                $caller: &Caller,
                $asked: Self::Input<'_>,
            ) -> Result<Self::Output, Wrong> {
                $body
            }
        }
    };
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Thing {
    name: Option<String>,
    qualifier: Option<String>,
    max_items: Option<i64>,
    account: String,
    created: Moment,
    last_modified: Iso,
}

operation!(
    GetThing,
    Get,
    "/2015-03-31/things/{Name}",
    200,
    1024,
    Named,
    Json<Thing>,
    |caller, asked| {
        let name = shown(asked.name);
        match WRONGS.into_iter().find(|wrong| name.as_deref() == Some(wrong.0)) {
            Some(wrong) => Err(wrong),
            None => Ok(Json(Thing {
                name,
                qualifier: shown(asked.qualifier),
                max_items: asked.max_items.map(|number| number.0),
                account: caller.account.to_string(),
                created: NOW.into(),
                last_modified: Iso(Millis(NOW.0 + 456)),
            })),
        }
    }
);

operation!(
    DeleteThing,
    Delete,
    "/2015-03-31/things/{Name}",
    204,
    1024,
    Named,
    (),
    |_caller, _asked| Ok(())
);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct New<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    zip_file: Option<Blob<'a>>,
    #[serde(borrow)]
    variables: Option<Tags<'a>>,
}

impl<'a> FromRequest<'a> for New<'a> {
    fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        request.json()
    }
}

impl Check for New<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.required("name", self.name.as_ref());
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Created {
    name: Option<String>,
    code_size: usize,
    variables: usize,
}

operation!(
    CreateThing,
    Post,
    "/2015-03-31/things/",
    201,
    CREATE_LIMIT,
    New,
    Json<Created>,
    |_caller, asked| Ok(Json(Created {
        name: shown(asked.name),
        code_size: asked.zip_file.map_or(0, |blob| blob.to_vec().len()),
        variables: asked.variables.map_or(0, |variables| variables.count()),
    }))
);

pub(crate) struct Invocation<'a> {
    name: Option<Text<'a>>,
    log_type: Option<Text<'a>>,
    payload: Bytes,
}

impl<'a> FromRequest<'a> for Invocation<'a> {
    fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        Ok(Self {
            name: request.label("Name"),
            log_type: request.header("X-Amz-Log-Type")?,
            payload: request.payload(),
        })
    }
}

impl Check for Invocation<'_> {
    fn check(&self, _checks: &mut Checks) {}
}

/// The payload as it came, and headers about it.
pub(crate) struct Invoked(Vec<(&'static str, String)>, Bytes);

impl IntoReply for Invoked {
    fn into_reply(self, status: u16) -> Result<Reply, Failure> {
        let status = if self.1.is_empty() { 202 } else { status };
        let content_type = Some("application/octet-stream");
        Ok(Reply { status, content_type, headers: self.0, body: self.1.into() })
    }
}

operation!(
    Invoke,
    Post,
    "/2015-03-31/things/{Name}/invocations",
    200,
    1024 * 1024,
    Invocation,
    Invoked,
    |_caller, asked| {
        let mut headers = vec![("X-Amz-Executed-Version", "$LATEST".to_owned())];
        headers.push(("X-Name", shown(asked.name).unwrap_or_default()));
        headers.push(("X-Split", "a\r\nx-smuggled: b".to_owned()));
        if shown(asked.log_type).as_deref() == Some("Tail") {
            headers.push(("X-Amz-Log-Result", "bG9n".to_owned()));
        }
        Ok(Invoked(headers, asked.payload))
    }
);
