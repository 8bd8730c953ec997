//! What mappings keep for partition keys: operations of our own.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Api, Client, ClientError, parse};

/// A partition key, and how much is kept for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct StateKey {
    pub(crate) partition_key: String,
    pub(crate) values: u64,
    pub(crate) value_bytes: u64,
    pub(crate) timers: u64,
    /// Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) first_due_time: Option<f64>,
    /// There is more than was counted.
    pub(crate) has_more: bool,
}

/// Some of these.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct StateKeys {
    pub(crate) keys: Vec<StateKey>,
    pub(crate) next_token: Option<String>,
}

/// What is kept for a partition key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct KeyState {
    pub(crate) values: Vec<StateValue>,
    pub(crate) timers: Vec<StateTimer>,
}

/// A value under its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct StateValue {
    pub(crate) name: String,
    /// In base64.
    pub(crate) value: String,
}

/// A timer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct StateTimer {
    pub(crate) name: String,
    /// Unix seconds.
    pub(crate) due_time: f64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    values: Vec<StateValue>,
    timers: Vec<StateTimer>,
    next_token: Option<String>,
}

impl Client {
    /// Up to `limit` partition keys for which a mapping keeps something, behind those of the page before.
    pub(crate) async fn state_keys(
        &self,
        uuid: &str,
        prefix: &str,
        limit: usize,
        token: Option<&str>,
    ) -> Result<StateKeys, ClientError> {
        let mut asked = json!({ "UUID": uuid, "Prefix": prefix, "Limit": limit });
        if let Some(token) = token {
            asked["NextToken"] = token.into();
        }
        parse(&self.call_of(Api::OWN, "ListStateKeys", asked.to_string().into()).await?)
    }

    /// What a mapping keeps for a partition key under names that begin with `prefix`, all of it.
    pub(crate) async fn state(
        &self,
        uuid: &str,
        key: &str,
        prefix: &str,
    ) -> Result<KeyState, ClientError> {
        let mut asked = json!({ "UUID": uuid, "PartitionKey": key, "NamePrefix": prefix });
        let mut all = KeyState::default();
        loop {
            let told = self.call_of(Api::OWN, "GetState", asked.to_string().into());
            let page: Page = parse(&told.await?)?;
            all.values.extend(page.values);
            all.timers.extend(page.timers);
            let Some(token) = page.next_token else { return Ok(all) };
            asked["NextToken"] = token.into();
        }
    }
}
