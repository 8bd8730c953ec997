//! What the caller of a function is told of a call that failed (pure).

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use domain::limits;
use serde::Serialize;
use wasm::World;
use wasm::message::{Fault, Raised};

use crate::function::Code;
use crate::language::Language;

/// The payload of a call that the function failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Failed {
    /// Whether it is `Handled`, as a transform's own failure is; otherwise `Unhandled`, as on AWS.
    #[serde(skip)]
    pub(crate) is_handled: bool,
    pub(crate) error_message: String,
    pub(crate) error_type: Cow<'static, str>,
    /// What Python's runtime tells, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stack_trace: Option<Vec<String>>,
    /// How the runtime of Node.js calls the stack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) trace: Option<Vec<String>>,
}

impl Failed {
    /// What a fault of a function is told as; nothing if it did not run.
    pub(crate) fn of(code: &Code, fault: &Fault, request_id: &str) -> Option<Self> {
        match (code.language, code.world) {
            (Some(language), _) => Self::of_source(language, fault, request_id),
            (None, World::Transform | World::Consumer) => Self::of_transform(fault),
            (None, World::Handler) => Self::of_handler(fault, request_id),
        }
    }

    /// As a handler's, in the shape that AWS's runtime of the language has. Of what ends an interpreter no stack is told:
    /// it would be that of the interpreter.
    fn of_source(language: Language, fault: &Fault, request_id: &str) -> Option<Self> {
        let failed = Self::of_handler(fault, request_id)?;
        let Fault::Raised(raised) = fault else {
            return Some(Self { stack_trace: None, ..failed });
        };
        let stack = Some(raised.stack.clone());
        Some(match language {
            Language::JavaScript => Self { stack_trace: None, trace: stack, ..failed },
            Language::Python => Self { request_id: Some(request_id.into()), ..failed },
        })
    }

    fn new(
        is_handled: bool,
        error_type: Cow<'static, str>,
        message: String,
        stack: &[String],
    ) -> Self {
        Self {
            is_handled,
            error_message: message,
            error_type,
            request_id: None,
            stack_trace: Some(stack.to_vec()),
            trace: None,
        }
    }

    fn of_transform(fault: &Fault) -> Option<Self> {
        let error_type = match fault {
            Fault::Raised(raised) => return Some(Self::raised(raised)),
            Fault::NotRun(_) => return None,
            Fault::Failed(_) => "Function.Failed",
            Fault::RetryAfter(_) => "Function.RetryAfter",
            Fault::TimedOut(_) => "Sandbox.Timedout",
            Fault::OutOfMemory(_) => "Runtime.OutOfMemory",
            Fault::StackOverflow(_) => "Runtime.StackOverflow",
            Fault::OutputTooLarge(_) => "Function.ResponseSizeTooLarge",
            Fault::Trapped { .. } => "Runtime.Trap",
            Fault::Malformed(_) => "Runtime.MalformedReply",
        };
        let is_handled = matches!(fault, Fault::Failed(_) | Fault::RetryAfter(_));
        let message = fault.to_string();
        Some(Self::new(is_handled, error_type.into(), message, stack_of(fault)))
    }

    /// In the words that AWS has for functions whose process ends, or ran for too long.
    fn of_handler(fault: &Fault, request_id: &str) -> Option<Self> {
        let exited =
            |why: &str| format!("RequestId: {request_id} Error: Runtime exited with error: {why}");
        let (error_type, error_message) = match fault {
            Fault::Raised(raised) => return Some(Self::raised(raised)),
            Fault::NotRun(_) => return None,
            Fault::OutputTooLarge(_) => return Some(Self::too_large()),
            Fault::TimedOut(time) => {
                let text = format!("RequestId: {request_id} Error: {}", timed_out(*time));
                ("Sandbox.Timedout", text)
            }
            Fault::OutOfMemory(_) => ("Runtime.OutOfMemory", exited(&fault.to_string())),
            Fault::Trapped { .. } | Fault::StackOverflow(_) => {
                ("Runtime.ExitError", exited(&fault.to_string()))
            }
            Fault::Malformed(what) => {
                ("Runtime.MarshalError", format!("Unable to marshal response: {what}"))
            }
            // Only transforms say these.
            Fault::Failed(_) | Fault::RetryAfter(_) => ("Function.Failed", fault.to_string()),
        };
        Some(Self::new(false, error_type.into(), error_message, stack_of(fault)))
    }

    fn raised(raised: &Raised) -> Self {
        let Raised { error_type, message, stack } = raised.clone();
        Self::new(false, error_type.into(), message, &stack)
    }

    /// What a payload is told as that the function does not take.
    pub(crate) fn content(why: String) -> Self {
        Self::new(false, "Runtime.UnmarshalError".into(), why, &[])
    }

    /// How it failed, in AWS's words.
    pub(crate) fn kind(&self) -> &'static str {
        if self.is_handled { "Handled" } else { "Unhandled" }
    }

    /// What a reply is told as that is larger than a payload may be.
    pub(crate) fn too_large() -> Self {
        let message = format!(
            "Response payload size exceeded maximum allowed payload size ({} bytes).",
            limits::INVOKE_BYTES_MAX
        );
        Self::new(false, "Function.ResponseSizeTooLarge".into(), message, &[])
    }

    /// As JSON.
    pub(crate) fn to_bytes(&self) -> Bytes {
        serde_json::to_vec(self).unwrap_or_default().into()
    }

    /// As lines of the log.
    pub(crate) fn told(&self) -> String {
        let mut text = format!("{}: {}", self.error_type, self.error_message);
        for frame in self.stack_trace.iter().flatten() {
            text.push_str("\n    at ");
            text.push_str(frame);
        }
        text
    }
}

/// AWS's sentence.
fn timed_out(time: Duration) -> String {
    format!("Task timed out after {:.2} seconds", time.as_secs_f64())
}

fn stack_of(fault: &Fault) -> &[String] {
    match fault {
        Fault::Trapped { backtrace, .. } | Fault::StackOverflow(backtrace) => backtrace,
        Fault::Raised(raised) => &raised.stack,
        Fault::Failed(_)
        | Fault::RetryAfter(_)
        | Fault::TimedOut(_)
        | Fault::OutOfMemory(_)
        | Fault::OutputTooLarge(_)
        | Fault::Malformed(_)
        | Fault::NotRun(_) => &[],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use storage::Digest;

    use super::*;

    fn code(world: World, language: Option<Language>) -> Code {
        Code { component: Digest([0; 32]), sha256: [0; 32], bytes: 0, world, language }
    }

    fn told(world: World, fault: &Fault) -> Value {
        let failed = Failed::of(&code(world, None), fault, "id").unwrap();
        serde_json::from_slice(&failed.to_bytes()).unwrap()
    }

    fn trap() -> Fault {
        Fault::Trapped { what: "unreachable".to_owned(), backtrace: vec!["f".to_owned()] }
    }

    #[test]
    fn faults_of_transforms_are_told_with_their_place() {
        let expected = json!({"errorMessage": "unreachable", "errorType": "Runtime.Trap", "stackTrace": ["f"]});
        assert_eq!(told(World::Transform, &trap()), expected);
        let own = Fault::Failed("x".to_owned());
        assert!(Failed::of(&code(World::Transform, None), &own, "id").unwrap().is_handled);
        for world in World::ALL {
            let not_run = Fault::NotRun("x".to_owned());
            assert_eq!(Failed::of(&code(world, None), &not_run, "id"), None);
        }
    }

    #[test]
    fn faults_of_source_code_are_told_as_its_runtime_does() {
        let raised = Fault::Raised(Raised {
            error_type: "Demo".to_owned(),
            message: "no".to_owned(),
            stack: vec!["g".to_owned()],
        });
        let of = |language, fault: &Fault| {
            let failed = Failed::of(&code(World::Handler, Some(language)), fault, "id").unwrap();
            serde_json::from_slice::<Value>(&failed.to_bytes()).unwrap()
        };
        let expected = json!({"errorType": "Demo", "errorMessage": "no", "trace": ["g"]});
        assert_eq!(of(Language::JavaScript, &raised), expected);
        let expected = json!({"errorType": "Demo", "errorMessage": "no", "requestId": "id", "stackTrace": ["g"]});
        assert_eq!(of(Language::Python, &raised), expected);
        let late = Fault::TimedOut(Duration::from_secs(3));
        for language in Language::ALL {
            let text = "RequestId: id Error: Task timed out after 3.00 seconds";
            let expected = json!({"errorType": "Sandbox.Timedout", "errorMessage": text});
            assert_eq!(of(language, &late), expected);
        }
    }

    #[test]
    fn faults_of_handlers_are_told_as_on_aws() {
        let raised = Raised {
            error_type: "Demo".to_owned(),
            message: "no".to_owned(),
            stack: vec!["g".to_owned()],
        };
        let exited = "RequestId: id Error: Runtime exited with error: ";
        for (fault, kind, message, stack) in [
            (Fault::Raised(raised), "Demo", "no".to_owned(), json!(["g"])),
            (
                Fault::TimedOut(Duration::from_secs(3)),
                "Sandbox.Timedout",
                "RequestId: id Error: Task timed out after 3.00 seconds".to_owned(),
                json!([]),
            ),
            (trap(), "Runtime.ExitError", format!("{exited}unreachable"), json!(["f"])),
            (
                Fault::OutOfMemory(128 << 20),
                "Runtime.OutOfMemory",
                format!("{exited}function needed more than 128 MiB of memory"),
                json!([]),
            ),
            (
                Fault::OutputTooLarge(1),
                "Function.ResponseSizeTooLarge",
                "Response payload size exceeded maximum allowed payload size (6291456 bytes)."
                    .to_owned(),
                json!([]),
            ),
            (
                Fault::Malformed("x".to_owned()),
                "Runtime.MarshalError",
                "Unable to marshal response: x".to_owned(),
                json!([]),
            ),
        ] {
            let expected = json!({"errorMessage": message, "errorType": kind, "stackTrace": stack});
            assert_eq!(told(World::Handler, &fault), expected);
            assert!(!Failed::of(&code(World::Handler, None), &fault, "id").unwrap().is_handled);
        }
    }
}
