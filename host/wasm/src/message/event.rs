//! What goes in and out of a handler.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

/// What a handler is called with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// A JSON value.
    pub payload: Bytes,
    /// What is told besides.
    pub context: Context,
    /// What the guest's random numbers follow from: drawn for each call, unless it is to repeat.
    pub seed: [u8; 32],
    /// The function's own code, if the component is an interpreter. An instance is given it once, before its first
    /// event: whoever changes it changes the call's `function` as well.
    pub source: Option<Arc<Source>>,
}

/// A function that is source code: what an interpreter runs.
#[derive(Clone, PartialEq, Eq)]
pub struct Source {
    /// The files of its package, by their paths.
    pub files: Vec<(String, Bytes)>,
    /// What to call: `index.handler`, for example.
    pub handler: String,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.files.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Source").field("files", &names).field("handler", &self.handler).finish()
    }
}

/// What a handler is told of a call besides the event. When the call ends at the latest is known to the sandbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The call's id.
    pub request_id: String,
    /// The function's name.
    pub function_name: String,
    /// Which version of it runs.
    pub function_version: String,
    /// Its ARN.
    pub function_arn: String,
    /// What it asked for, in MiB.
    pub memory_mib: u32,
}

/// What a handler itself says of why it failed. The texts are bounded, and nothing else about them was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raised {
    /// A kind, for programs.
    pub error_type: String,
    /// For people.
    pub message: String,
    /// Where, the innermost place first; at most 64.
    pub stack: Vec<String>,
}
