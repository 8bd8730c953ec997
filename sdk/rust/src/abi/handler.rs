//! The world `handler`.

use crate::handler::{self, Answer};

#[doc(hidden)]
#[allow(unsafe_code, missing_docs, clippy::all, reason = "generated from the interface")]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "handler",
        pub_export_macro: true,
        export_macro_name: "export_handler",
        default_bindings_module: "shardmill_guest::abi::bindings",
        generate_all,
    });
}

use bindings::wasi::clocks::wall_clock;
use bindings::wasi::random::random;

pub use bindings::export_handler as export;
pub use bindings::exports::shardmill::guest::lambda::{Context, Failure, Guest};

/// Calls a function as the host asked to.
///
/// # Errors
/// What the function itself says.
pub fn run<A: Answer>(
    handle: fn(Vec<u8>, handler::Context) -> Result<A, handler::Failure>,
    event: Vec<u8>,
    context: Context,
) -> Result<Vec<u8>, Failure> {
    super::watch_panics();
    handle(event, context.into()).map(Answer::into_json).map_err(Failure::from)
}

pub(crate) fn now() -> (u64, u32) {
    let now = wall_clock::now();
    (now.seconds, now.nanoseconds)
}

pub(crate) fn random_u64() -> u64 {
    random::get_random_u64()
}

impl From<Context> for handler::Context {
    fn from(from: Context) -> Self {
        Self {
            request_id: from.request_id,
            function_name: from.function_name,
            function_version: from.function_version,
            function_arn: from.invoked_function_arn,
            memory_limit_mb: from.memory_limit_mb,
            deadline_ms: from.deadline_ms,
            extra: from.extra,
        }
    }
}

impl From<handler::Failure> for Failure {
    fn from(from: handler::Failure) -> Self {
        let handler::Failure { error_type, message, stack } = from;
        Self { error_type, message, stack, extra: Vec::new() }
    }
}
