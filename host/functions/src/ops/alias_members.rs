//! What the operations on aliases share: the members that say where one leads, and an alias as it is told.

use std::collections::BTreeMap;

use domain::{AliasName, FunctionArn, FunctionName, Qualifier};
use serde::{Deserialize, Serialize};
use wire::rest::Request;
use wire::shape::{Double, Map, Structure, Text};
use wire::{Caller, Checks};

use super::rules;
use super::target::Target;
use crate::aliases::Named;
use crate::error::{Invalid, Missing};
use crate::versions::{Alias, Other};
use crate::{Error, Result};

/// What of it may stand in the audit trail.
pub(super) const AUDITED: &[&str] = &["FunctionVersion", "Name"];
/// The same of an answer.
pub(super) const ANSWERED: &[&str] = &["AliasArn", "FunctionVersion", "Name", "RevisionId"];

/// The members that name a function and one of its aliases.
#[derive(Debug)]
pub(super) struct AliasTarget<'a> {
    function_name: Option<Text<'a>>,
    name: Option<Text<'a>>,
}

/// An alias of the caller, whether it is there or not.
pub(super) struct Owned {
    function: FunctionName,
    alias: AliasName,
}

impl<'a> AliasTarget<'a> {
    /// Both as labels of the path.
    pub(super) fn of_path(request: &Request<'a>) -> Self {
        Self { function_name: request.label("FunctionName"), name: request.label("Name") }
    }

    /// The alias's name in the body.
    pub(super) fn new(request: &Request<'a>, name: Option<Text<'a>>) -> Self {
        Self { function_name: request.label("FunctionName"), name }
    }

    pub(super) fn function(&self) -> Target<'_> {
        Target::new(&self.function_name)
    }

    pub(super) fn check(&self, checks: &mut Checks) {
        self.function().check(checks, rules::FUNCTION);
        checks.required("name", self.name.as_ref());
        checks.text("name", self.name.as_ref().map(Text::as_str), rules::ALIAS);
    }

    /// What is named.
    pub(super) fn owned(&self, caller: &Caller) -> Result<Owned> {
        let function = self.function().unqualified_name(caller)?;
        let name = self.name.as_ref().map_or("", Text::as_str);
        // It satisfied the pattern; were it no name, there would be no such alias.
        let alias = name.parse().map_err(|_invalid| {
            let Caller { account, region, .. } = caller;
            let arn =
                FunctionArn { account: *account, region: region.clone(), name: function.clone() };
            Error::NotFound(Missing::Alias(format!("{arn}:{name}")))
        })?;
        Ok(Owned { function, alias })
    }
}

impl Owned {
    pub(super) fn named<'a>(&'a self, caller: &'a Caller) -> Named<'a> {
        let Self { function, alias } = self;
        Named { account: caller.account, region: &caller.region, function, alias }
    }
}

/// The members that say where an alias leads, all of which may be missing.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct AliasMembers<'a> {
    #[serde(borrow)]
    pub(super) function_version: Option<Text<'a>>,
    #[serde(borrow)]
    description: Option<Text<'a>>,
    #[serde(borrow)]
    routing_config: Option<Structure<RoutingMembers<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RoutingMembers<'a> {
    #[serde(borrow)]
    additional_version_weights: Option<Map<'a, Double, 2>>,
}

impl AliasMembers<'_> {
    pub(super) fn check(&self, checks: &mut Checks) {
        let version = self.function_version.as_ref().map(Text::as_str);
        checks.text("functionVersion", version, rules::VERSION);
        let description = self.description.as_ref().map(Text::as_str);
        checks.text("description", description, rules::DESCRIPTION);
        for (version, Double(weight)) in self.weights().into_iter().flatten() {
            let shown = format!("{{{}={weight}}}", version.as_str());
            let path = "routingConfig.additionalVersionWeights";
            let number = version.as_str();
            let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
            if !is_number {
                let constraint = "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+, Member must not be null]";
                checks.broken(Some(&shown), &path, constraint);
            }
            if !(0.0..=1.0).contains(weight) {
                let constraint = "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]";
                checks.broken(Some(&shown), &path, constraint);
            }
        }
    }

    fn weights(&self) -> Option<&[(Text<'_>, Double)]> {
        let Structure(routing) = self.routing_config.as_ref()?;
        routing.additional_version_weights.as_ref().map(Map::kept)
    }

    /// Puts the members that are given into `alias`, of the function with this ARN.
    pub(super) fn put(&self, function: &FunctionArn, alias: &mut Alias) -> Result<()> {
        if let Some(version) = &self.function_version {
            alias.version = number(function, version.as_str())?;
        }
        if let Some(description) = &self.description {
            description.as_str().clone_into(&mut alias.description);
        }
        if self.routing_config.is_some() {
            alias.other = match self.weights().unwrap_or_default() {
                [] => None,
                [(version, Double(weight))] => {
                    let version = number(function, version.as_str())?;
                    let version = version.ok_or(Invalid::AliasOfLatest)?;
                    Some(Other { version, weight: *weight })
                }
                _ => return Err(Invalid::AliasWeights.into()),
            };
        }
        Ok(())
    }
}

/// The number of a version; none for the function as it is now.
fn number(function: &FunctionArn, text: &str) -> Result<Option<u64>> {
    match text.parse() {
        Ok(Qualifier::Latest) => Ok(None),
        Ok(Qualifier::Version(number)) => Ok(Some(number)),
        // It satisfied the pattern, which takes more than there can be.
        Ok(Qualifier::Alias(_)) | Err(_) => {
            Err(Error::NotFound(Missing::function(function, Some(text))))
        }
    }
}

/// An alias as operations tell it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AliasConfiguration {
    alias_arn: String,
    name: String,
    function_version: String,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    routing_config: Option<Routing>,
    revision_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Routing {
    additional_version_weights: BTreeMap<String, f64>,
}

impl AliasConfiguration {
    pub(super) fn of(named: Named<'_>, alias: &Alias) -> Self {
        let routing = |other: Other| Routing {
            additional_version_weights: [(other.version.to_string(), other.weight)].into(),
        };
        let version = alias.version.map_or(Qualifier::Latest, Qualifier::Version);
        Self {
            alias_arn: named.arn().to_string(),
            name: named.alias.to_string(),
            function_version: version.to_string(),
            description: alias.description.clone(),
            routing_config: alias.other.map(routing),
            revision_id: alias.revision.clone(),
        }
    }
}
