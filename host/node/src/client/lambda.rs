//! The operations of Lambda that our commands use, typed.
//!
//! What a reply holds beyond the named members is kept, so that `--json` shows all that the server told.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Backoff, Client, ClientError, Rest, parse};

pub(super) const VERSION: &str = "2015-03-31";
pub(super) const FUNCTIONS: &str = "functions";
const MAPPINGS: &str = "event-source-mappings";
const INVOCATION_TYPE: HeaderName = HeaderName::from_static("x-amz-invocation-type");
const LOG_TYPE: HeaderName = HeaderName::from_static("x-amz-log-type");
/// How often a call that changes nothing is tried again.
const TRIES: u32 = 8;
/// A change: an upload may wait two minutes for a compiler, which may take three.
const CHANGE_TIMEOUT: Duration = Duration::from_secs(6 * 60);
/// The longest run of a function, and some time to hear of it.
const INVOKE_TIMEOUT: Duration = Duration::from_secs(16 * 60);
/// How often to look whether something is finished.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How often at most: half a minute.
const LOOKS_MAX: u32 = 1500;

/// A function as Lambda describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Function {
    pub(crate) function_name: String,
    pub(crate) function_arn: String,
    #[serde(default)]
    pub(crate) role: String,
    #[serde(default)]
    pub(crate) code_size: u64,
    /// Base64.
    #[serde(default)]
    pub(crate) code_sha256: String,
    #[serde(default)]
    pub(crate) description: String,
    /// MiB.
    #[serde(default)]
    pub(crate) memory_size: u64,
    /// Seconds.
    #[serde(default)]
    pub(crate) timeout: u64,
    #[serde(default)]
    pub(crate) last_modified: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) environment: Option<Environment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<String>,
    /// `$LATEST`, or a number.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) version: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) state_reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_update_status: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_update_status_reason: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// A function's variables.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Environment {
    #[serde(default)]
    pub(crate) variables: BTreeMap<String, String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// An event source mapping as Lambda describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Mapping {
    #[serde(rename = "UUID")]
    pub(crate) uuid: String,
    #[serde(rename = "FunctionArn", default)]
    pub(crate) function_arn: String,
    #[serde(rename = "EventSourceArn", default)]
    pub(crate) event_source_arn: String,
    #[serde(rename = "State", default)]
    pub(crate) state: String,
    #[serde(rename = "LastProcessingResult", default)]
    pub(crate) last_processing_result: String,
    #[serde(flatten)]
    pub(crate) rest: Map<String, Value>,
}

/// What an invocation gave.
#[derive(Debug)]
pub(crate) struct Invoked {
    pub(crate) payload: Bytes,
    /// Set if the function failed: `Handled` or `Unhandled`.
    pub(crate) error: Option<String>,
    /// The end of the invocation's log, if it was asked for.
    pub(crate) log: Option<String>,
}

impl Function {
    /// Whether the server still works on its creation or change.
    fn is_settling(&self) -> bool {
        self.state.as_deref() == Some("Pending")
            || self.last_update_status.as_deref() == Some("InProgress")
    }

    /// Why it cannot be invoked, or its last change did not happen.
    pub(crate) fn failure(&self) -> Option<&str> {
        let failed = |status: &Option<String>| status.as_deref() == Some("Failed");
        let reason = |reason| Option::as_deref(reason).unwrap_or("the server does not say why");
        if failed(&self.state) {
            return Some(reason(&self.state_reason));
        }
        failed(&self.last_update_status).then(|| reason(&self.last_update_status_reason))
    }
}

impl Mapping {
    /// Whether the server still works on its creation or change.
    fn is_settling(&self) -> bool {
        matches!(&*self.state, "Creating" | "Enabling" | "Disabling" | "Updating" | "Deleting")
    }

    /// The stream that what the function emits goes to.
    pub(crate) fn output_arn(&self) -> Option<&str> {
        self.rest.get("DestinationConfig")?.get("OnSuccess")?.get("Destination")?.as_str()
    }

    /// The stream that is told of records that are given up.
    pub(crate) fn on_failure_arn(&self) -> Option<&str> {
        self.rest.get("DestinationConfig")?.get("OnFailure")?.get("Destination")?.as_str()
    }

    /// A member that is a number.
    pub(crate) fn number(&self, member: &str) -> Option<i64> {
        self.rest.get(member)?.as_i64()
    }
}

impl Client {
    /// Makes a function; `input` is what CreateFunction takes.
    pub(crate) async fn create_function(&self, input: &Value) -> Result<Function, ClientError> {
        self.change(Method::POST, &[VERSION, FUNCTIONS], input).await
    }

    /// A function's description.
    pub(crate) async fn function(&self, name: &str) -> Result<Function, ClientError> {
        self.look(&[VERSION, FUNCTIONS, name, "configuration"], &[]).await
    }

    /// Gives a function new code; `input` is what UpdateFunctionCode takes.
    pub(crate) async fn update_code(
        &self,
        name: &str,
        input: &Value,
    ) -> Result<Function, ClientError> {
        self.change(Method::PUT, &[VERSION, FUNCTIONS, name, "code"], input).await
    }

    /// Changes a function's settings; `input` is what UpdateFunctionConfiguration takes.
    pub(crate) async fn update_configuration(
        &self,
        name: &str,
        input: &Value,
    ) -> Result<Function, ClientError> {
        self.change(Method::PUT, &[VERSION, FUNCTIONS, name, "configuration"], input).await
    }

    /// A function when the server is done with its creation or change, or as it is after half a minute.
    pub(crate) async fn settled_function(&self, name: &str) -> Result<Function, ClientError> {
        let mut function = self.function(name).await?;
        for _ in 0..LOOKS_MAX {
            if !function.is_settling() {
                break;
            }
            tokio::time::sleep(LOOK_EVERY).await;
            function = self.function(name).await?;
        }
        Ok(function)
    }

    /// All functions, by name.
    pub(crate) async fn functions(&self) -> Result<Vec<Function>, ClientError> {
        self.pages(&[VERSION, FUNCTIONS], &[], "Functions").await
    }

    /// Deletes a function.
    pub(crate) async fn delete_function(&self, name: &str) -> Result<(), ClientError> {
        let request = Rest::new("lambda", Method::DELETE, &[VERSION, FUNCTIONS, name]);
        self.rest(&request).await.map(drop)
    }

    /// Runs a function on `payload` and waits for its reply; with `log`, asks for the end of its log, too.
    pub(crate) async fn invoke(
        &self,
        name: &str,
        payload: Bytes,
        log: bool,
    ) -> Result<Invoked, ClientError> {
        let request = Rest::new("lambda", Method::POST, &[VERSION, FUNCTIONS, name, "invocations"])
            .header(INVOCATION_TYPE, HeaderValue::from_static("RequestResponse"))
            .header(LOG_TYPE, HeaderValue::from_static(if log { "Tail" } else { "None" }))
            .json(payload)
            .within(INVOKE_TIMEOUT);
        let reply = self.rest(&request).await?;
        let text = |name| reply.headers().get(name).and_then(|value| value.to_str().ok());
        let log = text("x-amz-log-result");
        let log = log.and_then(|text| base64_simd::STANDARD.decode_to_vec(text).ok());
        Ok(Invoked {
            error: text("x-amz-function-error").map(str::to_owned),
            log: log.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
            payload: reply.into_body(),
        })
    }

    /// Has a function be called with `payload` later; the id of the call.
    pub(crate) async fn send_event(
        &self,
        name: &str,
        payload: Bytes,
    ) -> Result<String, ClientError> {
        let request = Rest::new("lambda", Method::POST, &[VERSION, FUNCTIONS, name, "invocations"])
            .header(INVOCATION_TYPE, HeaderValue::from_static("Event"))
            .json(payload);
        let reply = self.rest(&request).await?;
        let id = reply.headers().get("x-amzn-requestid").and_then(|id| id.to_str().ok());
        Ok(id.unwrap_or_default().to_owned())
    }

    /// Makes a mapping; `input` is what CreateEventSourceMapping takes.
    pub(crate) async fn create_mapping(&self, input: &Value) -> Result<Mapping, ClientError> {
        self.change(Method::POST, &[VERSION, MAPPINGS], input).await
    }

    /// A mapping's description.
    pub(crate) async fn mapping(&self, uuid: &str) -> Result<Mapping, ClientError> {
        self.look(&[VERSION, MAPPINGS, uuid], &[]).await
    }

    /// A mapping when the server is done with its creation or change, or as it is after half a minute.
    pub(crate) async fn settled_mapping(
        &self,
        mut mapping: Mapping,
    ) -> Result<Mapping, ClientError> {
        for _ in 0..LOOKS_MAX {
            if !mapping.is_settling() {
                break;
            }
            tokio::time::sleep(LOOK_EVERY).await;
            mapping = self.mapping(&mapping.uuid).await?;
        }
        Ok(mapping)
    }

    /// Returns when a mapping that is being deleted is gone.
    pub(crate) async fn gone_mapping(&self, uuid: &str) -> Result<(), ClientError> {
        loop {
            match self.mapping(uuid).await {
                Ok(_) => tokio::time::sleep(LOOK_EVERY).await,
                Err(error) if error.code() == Some("ResourceNotFoundException") => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    /// Changes a mapping; `input` is what UpdateEventSourceMapping takes.
    pub(crate) async fn update_mapping(
        &self,
        uuid: &str,
        input: &Value,
    ) -> Result<Mapping, ClientError> {
        self.change(Method::PUT, &[VERSION, MAPPINGS, uuid], input).await
    }

    /// Asks for a mapping to be deleted; it is gone some time later.
    pub(crate) async fn delete_mapping(&self, uuid: &str) -> Result<Mapping, ClientError> {
        let request = Rest::new("lambda", Method::DELETE, &[VERSION, MAPPINGS, uuid]);
        parse(self.rest(&request).await?.body())
    }

    /// All mappings, or those of a function, a source, or both.
    pub(crate) async fn mappings(
        &self,
        function: Option<&str>,
        source_arn: Option<&str>,
    ) -> Result<Vec<Mapping>, ClientError> {
        let filters = [("FunctionName", function), ("EventSourceArn", source_arn)];
        let filters = filters.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let filters: Vec<(&str, &str)> = filters.collect();
        self.pages(&[VERSION, MAPPINGS], &filters, "EventSourceMappings").await
    }

    /// Sends a change once: whoever repeats one that may have happened gets an answer to something else.
    pub(super) async fn change<T: DeserializeOwned>(
        &self,
        method: Method,
        segments: &[&str],
        input: &Value,
    ) -> Result<T, ClientError> {
        let request = Rest::new("lambda", method, segments).json(input.to_string());
        let request = request.within(CHANGE_TIMEOUT);
        parse(self.rest(&request).await?.body())
    }

    /// Asks, again if need be.
    pub(super) async fn look<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, ClientError> {
        let mut request = Rest::new("lambda", Method::GET, segments);
        for (name, value) in query {
            request = request.query(name, value);
        }
        let reply = self.rest_patiently(&request, Backoff::times(TRIES)).await?;
        parse(reply.body())
    }

    /// All pages of a list, whose items are in `member`.
    pub(super) async fn pages<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        query: &[(&str, &str)],
        member: &str,
    ) -> Result<Vec<T>, ClientError> {
        let mut all = Vec::new();
        let mut marker: Option<String> = None;
        loop {
            let mut query = query.to_vec();
            query.extend(marker.as_deref().map(|marker| ("Marker", marker)));
            let mut page: Map<String, Value> = self.look(segments, &query).await?;
            let items = page.remove(member).unwrap_or_else(|| Value::Array(Vec::new()));
            let items: Vec<T> = serde_json::from_value(items).map_err(ClientError::Malformed)?;
            all.extend(items);
            let next = page.get("NextMarker").and_then(Value::as_str);
            match next.filter(|next| !next.is_empty()) {
                Some(next) => marker = Some(next.to_owned()),
                None => return Ok(all),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_server_tells_is_shown_as_it_was_told() {
        let told = json!({
            "FunctionName": "f", "FunctionArn": "arn", "Role": "r", "CodeSize": 3,
            "CodeSha256": "x", "Description": "", "MemorySize": 128, "Timeout": 3,
            "LastModified": "2026-11-01T00:00:00.000+0000", "State": "Active",
            "Environment": { "Variables": { "A": "b" } }, "Architectures": ["x86_64"]
        });
        let function: Function = serde_json::from_value(told.clone()).unwrap();
        assert_eq!(function.environment.as_ref().unwrap().variables["A"], "b");
        assert_eq!(serde_json::to_value(&function).unwrap(), told);
        let told = json!({
            "UUID": "u", "FunctionArn": "f", "EventSourceArn": "s", "State": "Enabled",
            "LastProcessingResult": "OK", "BatchSize": 100,
            "DestinationConfig": { "OnSuccess": { "Destination": "out" } }
        });
        let mapping: Mapping = serde_json::from_value(told.clone()).unwrap();
        assert_eq!((mapping.output_arn(), mapping.number("BatchSize")), (Some("out"), Some(100)));
        assert_eq!(serde_json::to_value(&mapping).unwrap(), told);
    }

    #[test]
    fn knows_what_is_not_finished_and_what_failed() {
        let function = |state: &str, status: &str| -> Function {
            let told = json!({
                "FunctionName": "f", "FunctionArn": "arn", "State": state,
                "LastUpdateStatus": status, "LastUpdateStatusReason": "too large"
            });
            serde_json::from_value(told).unwrap()
        };
        assert!(function("Pending", "Successful").is_settling());
        assert!(function("Active", "InProgress").is_settling());
        let done = function("Active", "Successful");
        assert!(!done.is_settling() && done.failure().is_none());
        assert_eq!(function("Active", "Failed").failure(), Some("too large"));
        assert_eq!(function("Failed", "Successful").failure(), Some("the server does not say why"));
    }
}
