//! What mappings put aside: operations of our own.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Api, Client, ClientError, parse};

/// Records asked for at once.
const PAGE: usize = 500;

/// A record that is parked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ParkedRecord {
    pub(crate) shard_id: String,
    pub(crate) sequence_number: String,
    pub(crate) partition_key: String,
    /// Unix seconds.
    pub(crate) approximate_arrival_timestamp: f64,
    /// Unix seconds.
    pub(crate) parked_time: f64,
    /// 0 if it is parked because of another record of its key.
    pub(crate) attempts: u32,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) error: String,
    pub(crate) data_bytes: u64,
    /// In base64, if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) data: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    records: Vec<ParkedRecord>,
    next_token: Option<String>,
}

/// What came of running or dropping parked records.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Redriven {
    /// Records that are parked no more.
    pub(crate) records: u64,
    /// Keys that are free again.
    pub(crate) keys: u64,
    pub(crate) failed: Vec<FailedKey>,
    /// Whether there are keys that were not looked at.
    pub(crate) has_more: bool,
}

/// A key that stays parked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct FailedKey {
    pub(crate) partition_key: String,
    pub(crate) error: String,
}

impl Client {
    /// Parked records of a mapping, all of them.
    pub(crate) async fn parked(
        &self,
        uuid: &str,
        with_data: bool,
    ) -> Result<Vec<ParkedRecord>, ClientError> {
        let (mut records, mut token) = (Vec::new(), None);
        loop {
            let mut asked = json!({ "UUID": uuid, "Limit": PAGE, "IncludeData": with_data });
            if let Some(token) = token {
                asked["NextToken"] = serde_json::Value::String(token);
            }
            let told = self.call_of(Api::OWN, "ListParkedRecords", asked.to_string().into());
            let page: Page = parse(&told.await?)?;
            records.extend(page.records);
            token = page.next_token;
            if token.is_none() {
                return Ok(records);
            }
        }
    }

    /// Runs parked records of a mapping, or drops them: those of one key, or of all.
    pub(crate) async fn redrive(
        &self,
        uuid: &str,
        key: Option<&str>,
        drop: bool,
    ) -> Result<Redriven, ClientError> {
        let mut asked = json!({ "UUID": uuid, "Drop": drop });
        if let Some(key) = key {
            asked["PartitionKey"] = key.into();
        }
        parse(&self.call_of(Api::OWN, "RedriveParkedRecords", asked.to_string().into()).await?)
    }
}
