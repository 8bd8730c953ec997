//! What is told of an event that is over (pure): AWS's invocation record (Lambda developer guide, "Capturing records of
//! Lambda asynchronous invocations").

use bytes::Bytes;
use domain::Millis;
use serde::Serialize;
use wire::shape::Moment;

use super::EventState;
use super::config::shown;
use super::decide::Condition;

/// What the last attempt that ran gave.
#[derive(Clone, Debug)]
pub(super) struct Response {
    /// The version that ran.
    pub(super) version: String,
    /// How it failed, if it did: `Handled` or `Unhandled`.
    pub(super) error: Option<&'static str>,
    /// JSON.
    pub(super) payload: Bytes,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    request_id: &'a str,
    function_arn: &'a str,
    condition: &'a str,
    approximate_invoke_count: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResponseContext<'a> {
    status_code: u16,
    executed_version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    function_error: Option<&'a str>,
}

/// What is told of an event.
pub(super) struct Told<'a> {
    pub(super) state: &'a EventState,
    /// Attempts that ran.
    pub(super) count: u32,
    pub(super) condition: Condition,
    pub(super) request: &'a [u8],
    pub(super) response: Option<&'a Response>,
    pub(super) now: Millis,
}

impl Told<'_> {
    /// The record, in at most `bytes_max` bytes: what does not fit is left out, first the function's answer, then the
    /// event. Both are JSON already, and go in as they are.
    pub(super) fn write(&self, bytes_max: usize) -> Bytes {
        let around = self.around();
        let request = field("requestPayload", self.request);
        let response = self.response.map(|it| field("responsePayload", &it.payload));
        let response = response.unwrap_or_default();
        let context = self.response_context();
        let all = around.len() + request.len() + context.len() + response.len() + 1;
        let without = all - response.len();
        let parts: [&[u8]; 4] = match (all <= bytes_max, without <= bytes_max) {
            (true, _) => [&around, &request, &context, &response],
            (false, true) => [&around, &request, &context, b""],
            (false, false) => [&around, b"", &context, b""],
        };
        let mut record = parts.concat();
        record.push(b'}');
        record.into()
    }

    /// The beginning, without an end.
    fn around(&self) -> Vec<u8> {
        let function_arn = shown(&self.state.target);
        let context = RequestContext {
            request_id: &self.state.request_id,
            function_arn: &function_arn,
            condition: self.condition.as_str(),
            approximate_invoke_count: self.count,
        };
        let mut around = format!(r#"{{"version":"1.0","timestamp":"{}""#, timestamp(self.now));
        around.push_str(&field_of("requestContext", &context));
        around.into_bytes()
    }

    fn response_context(&self) -> Vec<u8> {
        let Some(response) = self.response else { return Vec::new() };
        let context = ResponseContext {
            status_code: 200,
            executed_version: &response.version,
            function_error: response.error,
        };
        field_of("responseContext", &context).into_bytes()
    }
}

fn field(name: &str, json: &[u8]) -> Vec<u8> {
    [format!(r#","{name}":"#).as_bytes(), json].concat()
}

fn field_of(name: &str, value: &impl Serialize) -> String {
    format!(r#","{name}":{}"#, serde_json::to_string(value).unwrap_or_default())
}

/// As AWS writes moments here: `2019-11-14T18:16:05.568Z`.
fn timestamp(at: Millis) -> String {
    Moment::from(at).timestamp().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn state() -> EventState {
        let function = domain::FunctionArn {
            region: "us-east-2".parse().unwrap(),
            account: "123456789012".parse().unwrap(),
            name: "my-function".parse().unwrap(),
        };
        EventState {
            target: domain::QualifiedArn { function, qualifier: None },
            request_id: "e4b46cbf".to_owned(),
            accepted: Millis(0),
            attempts: 2,
            throttles: 0,
            due: Millis(0),
            depth: 0,
            bytes: 0,
        }
    }

    fn told<'a>(state: &'a EventState, response: Option<&'a Response>) -> Told<'a> {
        Told {
            state,
            count: 3,
            condition: Condition::RetriesExhausted,
            request: br#"{"ORDER_IDS":["9e07af03"]}"#,
            response,
            now: Millis(1_573_755_365_568),
        }
    }

    /// The example of AWS's guide.
    #[test]
    fn a_record_is_as_aws_writes_it() {
        let payload = Bytes::from_static(br#"{"errorMessage":"exited"}"#);
        let response =
            Response { version: "$LATEST".to_owned(), error: Some("Unhandled"), payload };
        let record = told(&state(), Some(&response)).write(usize::MAX);
        let read: Value = serde_json::from_slice(&record).unwrap();
        let expected = json!({
            "version": "1.0",
            "timestamp": "2019-11-14T18:16:05.568Z",
            "requestContext": {
                "requestId": "e4b46cbf",
                "functionArn": "arn:aws:lambda:us-east-2:123456789012:function:my-function:$LATEST",
                "condition": "RetriesExhausted",
                "approximateInvokeCount": 3
            },
            "requestPayload": {"ORDER_IDS": ["9e07af03"]},
            "responseContext": {
                "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"
            },
            "responsePayload": {"errorMessage": "exited"}
        });
        assert_eq!(read, expected);
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        let payload = Bytes::from(format!("\"{}\"", "x".repeat(1000)));
        let response = Response { version: "3".to_owned(), error: None, payload };
        let state = state();
        let told = told(&state, Some(&response));
        let all = told.write(usize::MAX).len();
        for (bytes_max, request, answer) in
            [(all, true, true), (all - 1, true, false), (all - 1100, false, false)]
        {
            let record = told.write(bytes_max);
            let read: Value = serde_json::from_slice(&record).unwrap();
            let has = |name: &str| read.get(name).is_some();
            assert_eq!((has("requestPayload"), has("responsePayload")), (request, answer));
            assert!(has("responseContext"));
        }
        let none = Told { response: None, ..told };
        let read: Value = serde_json::from_slice(&none.write(usize::MAX)).unwrap();
        assert!(read.get("responseContext").is_none());
    }
}
