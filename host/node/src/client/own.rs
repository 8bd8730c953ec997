//! Accounts, users, roles, keys and secrets: operations of our own, whose replies are shown as they come.

use serde_json::Value;

use super::{Api, Client, ClientError, parse};

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
