//! What only the owner of a server asks: backups, fetched part by part, and how the server is.

use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Api, Backoff, Client, ClientError, decode_data, parse};

/// How often a part is asked for.
const TRIES: u32 = 8;

/// How a backup is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct BackupState {
    /// `RUNNING`, `READY` or `FAILED`.
    pub(crate) backup_state: String,
    #[serde(default)]
    pub(crate) bytes_copied: u64,
    #[serde(default)]
    pub(crate) bytes_total: u64,
    #[serde(default)]
    pub(crate) reason: String,
}

/// What a server tells of itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ServerTold {
    pub(crate) version: String,
    pub(crate) sqlite_version: String,
    pub(crate) pragmas: Vec<ServerPragma>,
    #[serde(default)]
    pub(crate) problem: Option<String>,
    pub(crate) term: u32,
    pub(crate) now_milliseconds: u64,
    pub(crate) free_bytes: u64,
    pub(crate) total_bytes: u64,
    pub(crate) file_system: String,
    pub(crate) is_remote: bool,
    pub(crate) low_water_bytes: u64,
    #[serde(default)]
    pub(crate) open_files_max: Option<u64>,
}

/// A setting of its store.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ServerPragma {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) wanted: String,
}

impl Client {
    /// What the server tells of itself.
    pub(crate) async fn describe_server(&self) -> Result<ServerTold, ClientError> {
        let (asked, patience) = (body(&json!({})), Backoff::times(TRIES));
        parse(&self.ask_own("DescribeServer", asked, patience).await?)
    }

    /// Begins a backup; its id.
    pub(crate) async fn create_backup(&self, without_keys: bool) -> Result<String, ClientError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Reply {
            backup_id: String,
        }
        let asked = body(&json!({ "WithoutKeys": without_keys }));
        let reply = self.call_of(Api::OWN, "CreateBackup", asked).await?;
        parse::<Reply>(&reply).map(|reply| reply.backup_id)
    }

    /// How it is; waits up to `wait`, which is twenty seconds at most, while it is being made.
    pub(crate) async fn backup_state(
        &self,
        id: &str,
        wait: Duration,
    ) -> Result<BackupState, ClientError> {
        let milliseconds = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        let asked = json!({ "BackupId": id, "WaitMilliseconds": milliseconds });
        parse(&self.own_raw("DescribeBackup", &asked).await?)
    }

    /// Bytes of a file of it, from `offset` on; none behind its end.
    pub(crate) async fn backup_part(
        &self,
        id: &str,
        file: &str,
        offset: u64,
    ) -> Result<Vec<u8>, ClientError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Reply<'a> {
            data: &'a str,
        }
        let asked = json!({ "BackupId": id, "File": file, "Offset": offset });
        let reply = self.own_raw("GetBackupPart", &asked).await?;
        decode_data(parse::<Reply<'_>>(&reply)?.data)
    }

    /// Lets the server remove it.
    pub(crate) async fn delete_backup(&self, id: &str) -> Result<(), ClientError> {
        let asked = body(&json!({ "BackupId": id }));
        self.call_of(Api::OWN, "DeleteBackup", asked).await.map(drop)
    }

    async fn own_raw(&self, operation: &'static str, asked: &Value) -> Result<Bytes, ClientError> {
        self.own_patiently(operation, body(asked), Backoff::times(TRIES)).await
    }
}

fn body(value: &Value) -> Bytes {
    value.to_string().into()
}
