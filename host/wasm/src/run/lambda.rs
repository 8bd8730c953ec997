//! The types of the world `handler` as the engine moves them: what goes in is borrowed, what comes out is owned
//! and cut to what callers have room for.

use bytes::Bytes;
use domain::Millis;
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::message::{Context, Raised};
use crate::unfit::cut;

/// Bytes of a failure's kind.
const TYPE_BYTES_MAX: usize = 256;

/// Bytes of a failure's message.
const MESSAGE_BYTES_MAX: usize = 32 * 1024;

/// Places of a failure, and bytes of each.
const STACK_MAX: usize = 64;
const PLACE_BYTES_MAX: usize = 1024;

/// The kind of a failure that names none.
const UNNAMED: &str = "Error";

/// `lambda.context`.
#[derive(Clone, Copy, ComponentType, Lower)]
#[component(record)]
pub(super) struct ContextIn<'a> {
    #[component(name = "request-id")]
    request_id: &'a str,
    #[component(name = "function-name")]
    function_name: &'a str,
    #[component(name = "function-version")]
    function_version: &'a str,
    #[component(name = "invoked-function-arn")]
    invoked_function_arn: &'a str,
    #[component(name = "memory-limit-mb")]
    memory_limit_mb: u32,
    #[component(name = "deadline-ms")]
    deadline_ms: u64,
    extra: &'a [(&'a str, &'a str)],
}

/// `lambda.failure`.
#[derive(ComponentType, Lift)]
#[component(record)]
pub(super) struct FailureOut {
    #[component(name = "error-type")]
    error_type: String,
    message: String,
    stack: Vec<String>,
    #[expect(dead_code, reason = "room for what later versions tell")]
    extra: Vec<(String, String)>,
}

/// `source.file`.
#[derive(Clone, Copy, ComponentType, Lower)]
#[component(record)]
pub(super) struct FileIn<'a> {
    name: &'a str,
    content: &'a [u8],
}

/// What `source.load` takes.
pub(super) type Sources<'a> = (&'a [FileIn<'a>], &'a str);

/// What `source.load` gives.
pub(super) type Loaded = (Result<(), FailureOut>,);

/// What `lambda.handle` takes.
pub(super) type Parameters<'a> = (&'a [u8], ContextIn<'a>);

/// What `lambda.handle` gives.
pub(super) type Results = (Result<Vec<u8>, FailureOut>,);

impl<'a> ContextIn<'a> {
    /// A context as the guest sees it, of a call that ends at `deadline`.
    pub(super) fn of(context: &'a Context, deadline: Millis) -> Self {
        Self {
            request_id: &context.request_id,
            function_name: &context.function_name,
            function_version: &context.function_version,
            invoked_function_arn: &context.function_arn,
            memory_limit_mb: context.memory_mib,
            deadline_ms: deadline.0,
            extra: &[],
        }
    }
}

impl<'a> FileIn<'a> {
    /// A file as the guest sees it.
    pub(super) fn of((name, content): &'a (String, Bytes)) -> Self {
        Self { name, content }
    }
}

impl FailureOut {
    /// The failure as callers are told of it.
    pub(super) fn raised(self) -> Raised {
        let error_type = match self.error_type.as_str() {
            "" => UNNAMED.to_owned(),
            named => cut(named, TYPE_BYTES_MAX),
        };
        let stack = self.stack.iter().take(STACK_MAX).map(|place| cut(place, PLACE_BYTES_MAX));
        let message = cut(&self.message, MESSAGE_BYTES_MAX);
        Raised { error_type, message, stack: stack.collect() }
    }
}
