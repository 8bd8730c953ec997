//! Lines as the events that a handler would be given, and what it answers to each.

use anyhow::Context as _;
use serde::Serialize;
use serde_json::Value;
use wasm::Event;
use wasm::message::{Context, Fault, Raised};

use crate::cli::lines::Line;

/// What became of a line of the input.
#[derive(Serialize)]
struct Told {
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failed>,
}

/// A failure as callers of Invoke are told of it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Failed {
    error_type: String,
    error_message: String,
    stack_trace: Vec<String>,
}

/// The event that a line is: what is told besides is the same in every run, and so are random numbers.
pub(in crate::cli::guest) fn event(line: &Line) -> Event {
    let context = Context {
        request_id: format!("00000000-0000-4000-8000-{:012}", line.number),
        function_name: "test".to_owned(),
        function_version: "$LATEST".to_owned(),
        function_arn: "arn:aws:lambda:us-east-1:000000000000:function:test".to_owned(),
        memory_mib: domain::limits::FUNCTION_MEMORY_MIB_MIN,
    };
    Event { payload: line.data.clone(), context, seed: [0; 32], source: None }
}

/// What a handler's answer to a line is told as; that it failed is an answer, too.
///
/// # Errors
/// If it is no JSON, or the handler did not come to an end.
pub(in crate::cli::guest) fn told(
    line: &Line,
    result: Result<bytes::Bytes, Fault>,
) -> anyhow::Result<String> {
    let told = match result {
        Ok(answer) => {
            let answer = serde_json::from_slice(&answer).context("the answer is no JSON")?;
            Told { line: line.number, answer: Some(answer), error: None }
        }
        Err(Fault::Raised(Raised { error_type, message, stack })) => {
            let error = Failed { error_type, error_message: message, stack_trace: stack };
            Told { line: line.number, answer: None, error: Some(error) }
        }
        Err(fault) => return Err(super::told_of(fault)),
    };
    Ok(serde_json::to_string(&told).expect("its keys are text, and it is written to memory"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn answers_and_failures_are_told_by_line() {
        let line = Line { number: 7, data: "{}".into() };
        assert_eq!(told(&line, Ok("[1, 2]".into())).unwrap(), r#"{"line":7,"answer":[1,2]}"#);
        assert_eq!(told(&line, Ok("null".into())).unwrap(), r#"{"line":7,"answer":null}"#);
        let raised = Raised {
            error_type: "E".to_owned(),
            message: "m".to_owned(),
            stack: vec!["s".to_owned()],
        };
        assert_eq!(
            told(&line, Err(Fault::Raised(raised))).unwrap(),
            r#"{"line":7,"error":{"errorType":"E","errorMessage":"m","stackTrace":["s"]}}"#
        );
        assert!(told(&line, Ok("x".into())).is_err());
        assert!(told(&line, Err(Fault::TimedOut(Duration::from_secs(3)))).is_err());
    }

    #[test]
    fn an_event_is_its_line() {
        let event = event(&Line { number: 12, data: "[]".into() });
        assert_eq!(event.payload, "[]");
        assert_eq!(event.context.request_id, "00000000-0000-4000-8000-000000000012");
    }
}
