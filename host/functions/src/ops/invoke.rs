//! Invoke: runs a handler on any JSON, a transform on the event of a Kinesis stream, and answers with what it made
//! of it.

use base64_simd::STANDARD;
use bytes::Bytes;
use domain::limits;
use wire::rest::{FromRequest, Method, Request};
use wire::shape::Text;
use wire::{Caller, Check, Checks, Failure, Reply, Resource, RestOperation, Trail};

use super::Service;
use super::function_members::refuse;
use super::rules;
use super::target::Target;
use crate::function::Function;
use crate::logs::Line;
use crate::{Error, Result};

pub(super) struct Invoke;

impl RestOperation for Invoke {
    const NAME: &str = "Invoke";
    const ACTION: &str = "lambda:InvokeFunction";
    const TRAIL: Trail = Trail::DataWrite;
    const METHOD: Method = Method::Post;
    const PATH: &str = "/2015-03-31/functions/{FunctionName}/invocations";
    const BODY_LIMIT: usize = limits::INVOKE_BYTES_MAX;
    const DIFFERS: &str = "Handlers take and give any JSON, as on AWS. For a transform the payload must be the \
        event of a Kinesis stream, all of one shard; the answer \
        is {\"records\":[{partitionKey, data, explicitHashKey?, target?}],\"batchItemFailures\":[{itemIdentifier}]}, \
        and nothing is put anywhere. A function of another account is called by its ARN. A handler is told the ARN of \
        its version, not that of the alias. With InvocationType Event the answer comes once the event is durable; payloads \
        have up to 1 MiB, and up to 100,000 events or 1 GiB may wait for a function. ClientContext is ignored.";
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Output = Reply;
    type Error = Error;

    async fn resources(
        functions: &Service,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        Ok(vec![input.target().resource(functions, caller, Self::ACTION)])
    }

    async fn run(
        functions: &Service,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output> {
        let function = input.target().find_shared(functions, caller)?;
        let is = |text: &Option<Text<'_>>, word: &str| text.as_ref().is_some_and(|it| it.0 == word);
        refuse(&[
            (input.tenant_id.is_some(), "TenantId", "an instance serves one function only"),
            (input.durable_execution_name.is_some(), "DurableExecutionName", "leave it out"),
        ])?;
        if is(&input.invocation_type, "DryRun") {
            return Ok(answer(&function, 204, Bytes::new()));
        }
        if is(&input.invocation_type, "Event") {
            let (target, payload) = (input.target().named(caller)?, input.payload.clone());
            functions.take_event(&function, target, payload, &caller.request_id).await?;
            return Ok(Reply {
                status: 202,
                content_type: None,
                headers: Vec::new(),
                body: Bytes::new().into(),
            });
        }
        let payload = input.payload.clone();
        let called = functions.call_to_its_end(&function, payload, &caller.request_id);
        let (written, lines) = called.await?;
        let mut reply = match written {
            Ok(body) => answer(&function, 200, body),
            Err(failed) => {
                let mut reply = answer(&function, 200, failed.to_bytes());
                reply.headers.push(("X-Amz-Function-Error", failed.kind().to_owned()));
                reply
            }
        };
        if is(&input.log_type, "Tail") {
            let is_plain = function.facts.code.language.is_some();
            let tail = STANDARD.encode_to_string(tail(&lines, is_plain));
            reply.headers.push(("X-Amz-Log-Result", tail));
        }
        Ok(reply)
    }
}

/// The answer of a call that this version got.
fn answer(function: &Function, status: u16, body: Bytes) -> Reply {
    let headers = vec![("X-Amz-Executed-Version", function.qualifier().to_string())];
    let content_type = (!body.is_empty()).then_some("application/json");
    Reply { status, content_type, headers, body: body.into() }
}

/// The last 4 KiB of the lines of a call; `is_plain` if they are as their function wrote them, without levels.
fn tail(lines: &[Line], is_plain: bool) -> String {
    let mut tail = Vec::new();
    let mut bytes = 0;
    for line in lines.iter().rev() {
        let shown = if is_plain { format!("{}\n", line.text) } else { line.shown() };
        let room = limits::LOG_TAIL_BYTES - bytes;
        if shown.len() > room {
            let from = shown.ceil_char_boundary(shown.len() - room);
            tail.push(shown[from..].to_owned());
            break;
        }
        bytes += shown.len();
        tail.push(shown);
    }
    tail.reverse();
    tail.concat()
}

#[derive(Debug)]
pub(super) struct Input<'a> {
    function_name: Option<Text<'a>>,
    qualifier: Option<Text<'a>>,
    invocation_type: Option<Text<'a>>,
    log_type: Option<Text<'a>>,
    tenant_id: Option<Text<'a>>,
    durable_execution_name: Option<Text<'a>>,
    payload: Bytes,
}

impl<'a> FromRequest<'a> for Input<'a> {
    fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        Ok(Self {
            function_name: request.label("FunctionName"),
            qualifier: request.query("Qualifier"),
            invocation_type: request.header("X-Amz-Invocation-Type")?,
            log_type: request.header("X-Amz-Log-Type")?,
            tenant_id: request.header("X-Amz-Tenant-Id")?,
            durable_execution_name: request.header("X-Amz-Durable-Execution-Name")?,
            payload: request.payload(),
        })
    }
}

impl Input<'_> {
    fn target(&self) -> Target<'_> {
        Target::qualified(&self.function_name, &self.qualifier)
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        self.target().check(checks, rules::NAMESPACED_FUNCTION);
        let kind = self.invocation_type.as_ref().map(Text::as_str);
        checks.choice("invocationType", kind, &["Event", "RequestResponse", "DryRun"]);
        let log_type = self.log_type.as_ref().map(Text::as_str);
        checks.choice("logType", log_type, &["None", "Tail"]);
    }
}

#[cfg(test)]
mod tests {
    use domain::Millis;

    use super::*;
    use crate::logs::Level;

    #[test]
    fn the_tail_is_the_last_4_kib() {
        let line = |text: String| Line {
            at: Millis(0),
            request_id: String::new(),
            level: Level::Info,
            text,
        };
        let two = [line("a".to_owned()), line("b".to_owned())];
        assert_eq!(tail(&two, false), "INFO a\nINFO b\n");
        assert_eq!(tail(&two, true), "a\nb\n");
        let many: Vec<Line> = (0..1000).map(|at| line(format!("é{at}"))).collect();
        let shown = tail(&many, false);
        assert!(shown.len() <= 4096 && shown.len() > 4090, "{}", shown.len());
        assert!(shown.ends_with("INFO é998\nINFO é999\n"));
        assert!(tail(&[line("é".repeat(5000))], false).len() <= 4096);
    }
}
