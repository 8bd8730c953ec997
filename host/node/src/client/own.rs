//! Accounts, users, roles, keys and secrets: operations of our own, whose replies are shown as they come.

use serde_json::{Value, json};

use super::{Api, Client, ClientError, named, parse};

impl Client {
    /// Calls an operation of our own; `input` is what it takes. An empty reply is `Null`.
    pub(crate) async fn own(
        &self,
        operation: &'static str,
        input: &Value,
    ) -> Result<Value, ClientError> {
        let reply = self.call_of(Api::OWN, operation, input.to_string().into()).await?;
        if reply.is_empty() { Ok(Value::Null) } else { parse(&reply) }
    }

    /// What a stream's records are compressed with, as a word; nothing if the server does not tell, as others than
    /// ours do not.
    pub(crate) async fn compression(&self, stream: &str) -> Option<String> {
        let told = self.own("DescribeStreamCompression", &named(stream)).await;
        told.ok().and_then(|told| told["Compression"].as_str().map(str::to_owned))
    }

    /// Compresses what is put into a stream from now on.
    pub(crate) async fn compress_stream(&self, stream: &str) -> Result<(), ClientError> {
        let mut input = named(stream);
        input["Compression"] = "LZ4".into();
        self.own("UpdateStreamCompression", &input).await.map(drop)
    }

    /// The policy of a stream or consumer, as whoever may see it is told; nothing if it has none.
    pub(crate) async fn resource_policy(&self, arn: &str) -> Result<Option<String>, ClientError> {
        let input = json!({ "ResourceARN": arn }).to_string();
        let reply = self.call_of(Api::KINESIS, "GetResourcePolicy", input.into()).await?;
        let reply: Value = parse(&reply)?;
        let policy = reply["Policy"].as_str().filter(|policy| *policy != "{}");
        Ok(policy.map(str::to_owned))
    }

    /// The policy of a key, as whoever may see it is told.
    pub(crate) async fn key_policy(&self, arn: &str) -> Result<String, ClientError> {
        let input = json!({ "KeyId": arn }).to_string();
        let reply = self.call_of(Api::KMS, "GetKeyPolicy", input.into()).await?;
        let reply: Value = parse(&reply)?;
        Ok(reply["Policy"].as_str().unwrap_or_default().to_owned())
    }

    /// All that a listing of our own has in `member`, page after page.
    pub(crate) async fn own_all(
        &self,
        operation: &'static str,
        mut input: Value,
        member: &str,
    ) -> Result<Vec<Value>, ClientError> {
        let mut all = Vec::new();
        loop {
            let mut reply = self.own(operation, &input).await?;
            if let Value::Array(page) = reply[member].take() {
                all.extend(page);
            }
            match reply["Marker"].take() {
                Value::Null => return Ok(all),
                marker => input["Marker"] = marker,
            }
        }
    }
}
