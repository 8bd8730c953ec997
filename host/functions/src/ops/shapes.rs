//! Output shapes that several operations share.

use std::collections::BTreeMap;
use std::fmt::Display;

use base64_simd::STANDARD;
use domain::{FunctionName, QualifiedArn, Qualifier, RoleArn};
use serde::{Serialize, Serializer};
use wire::shape::Iso;

use crate::function::{Function, FunctionFacts};

/// Anything as the string that it prints as.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown<T>(pub(super) T);

impl<T: Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// What of it may stand in the audit trail.
pub(super) const ANSWERED: &[&str] = &[
    "CodeSha256",
    "CodeSize",
    "FunctionArn",
    "FunctionName",
    "Handler",
    "LastModified",
    "MemorySize",
    "RevisionId",
    "Role",
    "Runtime",
    "State",
    "Timeout",
    "Version",
];

/// A function as operations tell it. It is as it is told as soon as it is stored: compiling is part of the
/// call that brings the code.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FunctionConfiguration {
    function_name: Shown<FunctionName>,
    function_arn: Shown<QualifiedArn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    runtime: Option<String>,
    role: Shown<RoleArn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    handler: Option<String>,
    code_size: u64,
    description: String,
    timeout: u32,
    memory_size: u32,
    last_modified: Iso,
    code_sha256: String,
    version: Shown<Qualifier>,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<Environment>,
    tracing_config: Mode,
    revision_id: String,
    state: &'static str,
    last_update_status: &'static str,
    package_type: &'static str,
    architectures: [&'static str; 1],
    ephemeral_storage: Size,
    snap_start: SnapStart,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Environment {
    variables: BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Mode {
    mode: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Size {
    size: u32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct SnapStart {
    apply_on: &'static str,
    optimization_status: &'static str,
}

impl From<&Function> for FunctionConfiguration {
    /// Under the function's own name, whichever version it is.
    fn from(function: &Function) -> Self {
        Self::named(function, None)
    }
}

impl FunctionConfiguration {
    /// Under the ARN of the version that it is.
    pub(super) fn qualified(function: &Function) -> Self {
        Self::named(function, Some(function.qualifier()))
    }

    /// Under the ARN with the qualifier that a call names it by.
    pub(super) fn named(function: &Function, qualifier: Option<Qualifier>) -> Self {
        let FunctionFacts { config, code, .. } = &function.facts;
        let facts = &function.facts;
        let variables: BTreeMap<_, _> = config.environment.iter().cloned().collect();
        Self {
            function_name: Shown(facts.name.clone()),
            function_arn: Shown(QualifiedArn { function: facts.arn(), qualifier }),
            runtime: config.runtime.clone(),
            role: Shown(config.role.clone()),
            handler: config.handler.clone(),
            code_size: code.bytes,
            description: function.description().to_owned(),
            timeout: config.timeout_seconds,
            memory_size: config.memory_mib,
            last_modified: Iso(facts.modified),
            code_sha256: STANDARD.encode_to_string(code.sha256),
            version: Shown(function.qualifier()),
            environment: (!variables.is_empty()).then_some(Environment { variables }),
            tracing_config: Mode { mode: "PassThrough" },
            revision_id: facts.revision.clone(),
            state: "Active",
            last_update_status: "Successful",
            package_type: "Zip",
            architectures: [config.architecture.as_str()],
            ephemeral_storage: Size { size: 512 },
            snap_start: SnapStart { apply_on: "None", optimization_status: "Off" },
        }
    }
}
