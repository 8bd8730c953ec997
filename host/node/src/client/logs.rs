//! What functions write: an operation of our own, since AWS has a whole service for it.

use std::time::Duration;

use domain::Millis;
use serde::{Deserialize, Serialize};

use super::kinesis::seconds;
use super::{Api, Client, ClientError, parse};

/// Where reading begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LogStart {
    /// With the oldest line that is kept.
    Oldest,
    /// With the first line that was stored then or later.
    At(Millis),
    /// Where another page ended.
    Token(String),
}

/// A line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct LogLine {
    /// Unix seconds.
    pub(crate) timestamp: f64,
    #[serde(default)]
    pub(crate) level: String,
    #[serde(default)]
    pub(crate) request_id: String,
    pub(crate) message: String,
}

/// Some lines, in order.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct LogPage {
    pub(crate) lines: Vec<LogLine>,
    /// Where to read on.
    pub(crate) next_token: String,
}

impl Client {
    /// Lines of a function's log. If there are none, waits for some as long as `wait`, which is twenty
    /// seconds at most.
    pub(crate) async fn function_logs(
        &self,
        function: &str,
        from: &LogStart,
        wait: Duration,
    ) -> Result<LogPage, ClientError> {
        let milliseconds = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        let mut asked =
            serde_json::json!({ "FunctionName": function, "WaitMilliseconds": milliseconds });
        match from {
            LogStart::Oldest => {}
            LogStart::At(moment) => asked["StartTime"] = seconds(*moment).into(),
            LogStart::Token(token) => asked["NextToken"] = token.as_str().into(),
        }
        parse(&self.call_of(Api::OWN, "GetFunctionLogs", asked.to_string().into()).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_read_and_their_lines_printed_as_they_came() {
        let told = r#"{"Lines":[{"Timestamp":1700000000.123,"RequestId":"id","Level":"INFO","Message":"m"}],
            "NextToken":"t"}"#;
        let page: LogPage = parse(told.as_bytes()).unwrap();
        assert_eq!((&*page.next_token, &*page.lines[0].message), ("t", "m"));
        let line = r#"{"Timestamp":1700000000.123,"Level":"INFO","RequestId":"id","Message":"m"}"#;
        assert_eq!(serde_json::to_string(&page.lines[0]).unwrap(), line);
    }
}
