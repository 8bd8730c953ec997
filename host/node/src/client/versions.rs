//! The operations of Lambda on what hangs on a function, as far as our commands use them: versions, aliases, policies.

use std::collections::BTreeMap;

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::lambda::{FUNCTIONS, Function, VERSION};
use super::{Client, ClientError, Rest};

/// An alias as Lambda describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Alias {
    pub(crate) name: String,
    pub(crate) function_version: String,
    #[serde(default)]
    pub(crate) description: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) routing_config: Option<Routing>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// Where some calls of an alias go instead.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Routing {
    /// Shares of the calls, from 0 to 1, by version.
    #[serde(default)]
    pub(crate) additional_version_weights: BTreeMap<String, f64>,
}

impl Client {
    /// Keeps a function as it is now; `input` is what PublishVersion takes.
    pub(crate) async fn publish_version(
        &self,
        name: &str,
        input: &Value,
    ) -> Result<Function, ClientError> {
        self.change(Method::POST, &[VERSION, FUNCTIONS, name, "versions"], input).await
    }

    /// A function as it is now, then its versions by number.
    pub(crate) async fn versions(&self, name: &str) -> Result<Vec<Function>, ClientError> {
        self.pages(&[VERSION, FUNCTIONS, name, "versions"], &[], "Versions").await
    }

    /// A function's aliases, by name.
    pub(crate) async fn aliases(&self, name: &str) -> Result<Vec<Alias>, ClientError> {
        self.pages(&[VERSION, FUNCTIONS, name, "aliases"], &[], "Aliases").await
    }

    /// Makes an alias; `input` is what CreateAlias takes.
    pub(crate) async fn create_alias(
        &self,
        name: &str,
        input: &Value,
    ) -> Result<Alias, ClientError> {
        self.change(Method::POST, &[VERSION, FUNCTIONS, name, "aliases"], input).await
    }

    /// Leads an alias elsewhere; `input` is what UpdateAlias takes.
    pub(crate) async fn update_alias(
        &self,
        name: &str,
        alias: &str,
        input: &Value,
    ) -> Result<Alias, ClientError> {
        self.change(Method::PUT, &[VERSION, FUNCTIONS, name, "aliases", alias], input).await
    }

    /// Deletes an alias.
    pub(crate) async fn delete_alias(&self, name: &str, alias: &str) -> Result<(), ClientError> {
        let segments = [VERSION, FUNCTIONS, name, "aliases", alias];
        let request = Rest::new("lambda", Method::DELETE, &segments);
        self.rest(&request).await.map(drop)
    }

    /// What the policy of a function says about those who sign requests; nothing if it has none, or is about services
    /// alone, of which policies of other resources know nothing.
    pub(crate) async fn function_policy(&self, name: &str) -> Result<Option<String>, ClientError> {
        let reply: Value = self.look(&[VERSION, FUNCTIONS, name, "policy"], &[]).await?;
        let policy = reply["Policy"].as_str().unwrap_or_default();
        let mut policy: Value = serde_json::from_str(policy).unwrap_or_default();
        let Some(statements) = policy["Statement"].as_array_mut() else { return Ok(None) };
        statements.retain(|it| it["Principal"].get("Service").is_none());
        Ok((!statements.is_empty()).then(|| policy.to_string()))
    }
}
