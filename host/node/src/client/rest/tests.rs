//! Our client at our door.

use std::sync::Arc;

use domain::Millis;
use gateway::{Door, HealthReport, Limits, Listener, serve};
use http::StatusCode;
use identity::trail::{self, Surroundings, Trail};
use identity::{KeyRing, Root, RootOnly};
use metering::Metrics;
use stdx::{ManualClock, SeededEntropy, Tasks};
use storage::{Memory, Term};
use tokio::net::TcpListener;
use wire::rest::{FromRequest, Method as Bound, Request};
use wire::token::Sealer;
use wire::{
    ApiError, Caller, Check, Checks, Entry, Failure, Fault, Forms, Reply, Resource, RestOperation,
    Table,
};

use super::*;
use crate::client::{Client, Credentials, Seams};

const NOW: Millis = Millis(1_793_491_200_000);

#[test]
fn segments_and_parameters_are_encoded() {
    let name = "arn:aws:lambda:us-east-1:000000000000:function:x";
    let path = ["2015-03-31", "functions", name, "a/b é"];
    let rest = Rest::new("lambda", Method::GET, &path)
        .query("Qualifier", "$LATEST")
        .query("tagKeys", "a&b=?");
    assert_eq!(
        rest.target,
        "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Ax/\
         a%2Fb%20%C3%A9?Qualifier=%24LATEST&tagKeys=a%26b%3D%3F"
    );
}

/// Tells the name and the qualifier in headers and gives the payload back; knows no function `none`.
struct Invoke;

struct Input(String, Option<String>, Bytes);

impl<'a> FromRequest<'a> for Input {
    fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        let name = request.label("Name").map(|text| text.0.into_owned());
        let qualifier = request.query("Qualifier").map(|text| text.0.into_owned());
        Ok(Self(name.unwrap_or_default(), qualifier, request.payload()))
    }
}

impl Check for Input {
    fn check(&self, _checks: &mut Checks) {}
}

#[derive(Debug, thiserror::Error)]
#[error("no such function")]
struct NotFound;

impl ApiError for NotFound {
    fn code(&self) -> &'static str {
        "ResourceNotFoundException"
    }

    fn fault(&self) -> Fault {
        Fault::Caller
    }

    fn public_message(&self) -> Option<String> {
        Some("Function not found".to_owned())
    }

    fn status(&self) -> Option<u16> {
        Some(404)
    }
}

impl RestOperation for Invoke {
    const NAME: &str = "Invoke";
    const ACTION: &str = "lambda:InvokeFunction";
    const METHOD: Bound = Bound::Post;
    const PATH: &str = "/2015-03-31/functions/{Name}/invocations";
    type Service = ();
    type Input<'a> = Input;
    type Output = Reply;
    type Error = NotFound;

    async fn resources(
        (): &(),
        _: &Caller,
        _: &Self::Input<'_>,
    ) -> Result<Vec<Resource>, NotFound> {
        Ok(vec![Resource::any(Self::ACTION)])
    }

    async fn run((): &(), _: &Caller, input: Self::Input<'_>) -> Result<Reply, NotFound> {
        let Input(name, qualifier, body) = input;
        if name == "none" {
            return Err(NotFound);
        }
        let headers = vec![("X-Name", name), ("X-Qualifier", qualifier.unwrap_or_default())];
        Ok(Reply { status: 202, content_type: None, headers, body: body.into() })
    }
}

static ENTRIES: &[Entry<()>] = &[Entry::rest::<Invoke>()];

async fn client() -> Client {
    let keys = KeyRing::new();
    let root = Root::dev();
    keys.insert(&*root.access_key_id, root.key());
    let clock = Arc::new(ManualClock::at(NOW));
    let entropy = Arc::new(SeededEntropy::new(1));
    let tasks = Tasks::new();
    let around = Surroundings {
        store: Arc::new(Memory::new(Term(1))),
        clock: clock.clone(),
        entropy: entropy.clone(),
        metrics: Metrics::new(),
    };
    let settings = trail::Settings { data_events: false, limits: true, operator: root.account };
    let trail = Trail::open(around, settings, Sealer::new(&[1; 32])).await.unwrap();
    trail.start(&tasks);
    let door = Door {
        apis: vec![Arc::new(Table {
            signing_names: &["lambda"],
            target_prefix: "",
            forms: Forms::NONE,
            entries: ENTRIES,
            service: Arc::new(()),
        })],
        keys: Arc::new(keys),
        trail,
        authorizer: Arc::new(RootOnly),
        clock: clock.clone(),
        entropy: entropy.clone(),
        metrics: Metrics::new(),
        health: Arc::new(HealthReport::default),
        regions: None,
        metrics_token: None,
        tls: None,
        limits: Limits::default(),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let inner = tasks.clone();
    tasks.spawn("serve", async move {
        serve(Arc::new(door), vec![Listener { socket: listener, name: None }], &inner).await
    });
    let seams = Seams { clock, entropy, tasks };
    Client::new(endpoint, Credentials::development(), "us-east-1", &seams)
}

#[tokio::test]
async fn a_call_arrives_as_it_was_meant_and_its_answer_too() {
    let client = client().await;
    let name = "arn:aws:lambda:us-east-1:000000000000:function:x/y %2F";
    let rest = Rest::new("lambda", Method::POST, &["2015-03-31", "functions", name, "invocations"])
        .query("Qualifier", "$LATEST")
        .header(HeaderName::from_static("x-amz-log-type"), HeaderValue::from_static("Tail"))
        .within(Duration::from_secs(5));
    for body in ["", r#"{"a":1}"#] {
        let rest = rest.clone().json(body);
        let response = client.rest(&rest).await.unwrap();
        assert_eq!(response.status(), StatusCode::ACCEPTED);
        assert_eq!(response.headers()["x-name"], name);
        assert_eq!(response.headers()["x-qualifier"], "$LATEST");
        assert_eq!(response.body(), body);
    }
}

#[tokio::test]
async fn refusals_are_told_like_those_of_other_calls() {
    let client = client().await;
    let call = |service, name| {
        Rest::new(service, Method::POST, &["2015-03-31", "functions", name, "invocations"])
    };
    let error = client.rest(&call("lambda", "none")).await.unwrap_err();
    let text = "ResourceNotFoundException (404 Not Found): Function not found";
    assert_eq!(error.to_string(), text);
    let error = client.rest(&call("kinesis", "f")).await.unwrap_err();
    assert_eq!(error.code(), Some("InvalidSignatureException"));
    let nothing = Rest::new("lambda", Method::GET, &["2015-03-31", "nothing"]);
    let error = client.rest(&nothing).await.unwrap_err();
    assert_eq!(error.code(), Some("UnknownOperationException"));
}
