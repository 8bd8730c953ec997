//! What functions used: an operation of our own.

use serde::{Deserialize, Serialize};

use super::{Api, Client, ClientError, parse};

/// What a function used since the server started.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct FunctionStats {
    pub(crate) function_name: String,
    pub(crate) invocations: u64,
    pub(crate) errors: u64,
    pub(crate) throttles: u64,
    pub(crate) cold_starts: u64,
    pub(crate) cpu_milliseconds: f64,
    pub(crate) duration_milliseconds: f64,
    pub(crate) peak_memory_bytes: u64,
    pub(crate) records_in: u64,
    pub(crate) bytes_in: u64,
    pub(crate) records_out: u64,
    pub(crate) bytes_out: u64,
}

/// Some functions, by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct StatsPage {
    /// Unix seconds.
    pub(crate) since: f64,
    pub(crate) functions: Vec<FunctionStats>,
    /// Where the next page begins, if there is one.
    #[serde(default, skip_serializing)]
    marker: Option<String>,
}

impl Client {
    /// What a function used, or each of the account's in the region.
    pub(crate) async fn function_stats(
        &self,
        function: Option<&str>,
    ) -> Result<StatsPage, ClientError> {
        let mut asked = serde_json::json!({});
        if let Some(name) = function {
            asked["FunctionName"] = name.into();
        }
        let mut all = self.stats_page(&asked).await?;
        while let Some(marker) = all.marker.take() {
            asked["Marker"] = marker.into();
            let page = self.stats_page(&asked).await?;
            all.functions.extend(page.functions);
            all.marker = page.marker;
        }
        Ok(all)
    }

    async fn stats_page(&self, asked: &serde_json::Value) -> Result<StatsPage, ClientError> {
        parse(&self.call_of(Api::OWN, "GetFunctionStats", asked.to_string().into()).await?)
    }
}
