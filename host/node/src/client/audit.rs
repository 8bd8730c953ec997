//! Reading the audit trail: an operation of our own, since CloudTrail has none that waits.

use std::time::Duration;

use domain::Millis;
use serde::Deserialize;

use super::kinesis::seconds;
use super::{Api, Client, ClientError, parse};

/// Whose events, and from when on.
#[derive(Clone, Debug)]
pub(crate) struct AuditQuestion {
    /// All accounts and strangers.
    pub(crate) all: bool,
    /// An account, or `strangers`, if not the caller's own.
    pub(crate) account: Option<String>,
    pub(crate) since: Millis,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AuditEvent {
    /// The account, or `strangers`.
    pub(crate) trail: String,
    /// Counts the events of that trail.
    pub(crate) number: u64,
    /// Unix seconds.
    pub(crate) time: f64,
    /// In CloudTrail's format.
    pub(crate) event: String,
}

/// Some events, in order.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AuditPage {
    pub(crate) events: Vec<AuditEvent>,
    /// Where to read on.
    pub(crate) next_token: String,
}

impl Client {
    /// Events of the audit trail. If there are none, waits for some as long as `wait`, which is twenty seconds
    /// at most.
    pub(crate) async fn audit_events(
        &self,
        question: &AuditQuestion,
        token: Option<&str>,
        wait: Duration,
    ) -> Result<AuditPage, ClientError> {
        let milliseconds = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        let AuditQuestion { all, account, since } = question;
        let mut asked = serde_json::json!({
            "AllAccounts": all,
            "Account": account,
            "WaitMilliseconds": milliseconds,
        });
        match token {
            Some(token) => asked["NextToken"] = token.into(),
            None => asked["StartTime"] = seconds(*since).into(),
        }
        parse(&self.call_of(Api::OWN, "GetAuditEvents", asked.to_string().into()).await?)
    }
}
