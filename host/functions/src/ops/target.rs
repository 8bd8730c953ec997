//! The function that a call is about: by name, partial ARN or ARN, with or without a qualifier.

use std::sync::Arc;

use domain::{FunctionArn, FunctionName, FunctionRef};
use wire::shape::Text;
use wire::{Caller, Checks, Resource, TextRule};

use super::rules;
use crate::error::{Invalid, Missing};
use crate::{Error, Function, Functions, Result};

/// The version that a function has as long as it has no other.
pub(super) const LATEST: &str = "$LATEST";

/// The members that name a function.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'i> {
    name: Option<&'i str>,
    qualifier: Option<&'i str>,
}

impl<'i> Target<'i> {
    pub(super) fn new(name: &'i Option<Text<'_>>) -> Self {
        Self { name: name.as_ref().map(Text::as_str), qualifier: None }
    }

    pub(super) fn qualified(name: &'i Option<Text<'_>>, qualifier: &'i Option<Text<'_>>) -> Self {
        let qualifier = qualifier.as_ref().map(Text::as_str);
        Self { qualifier, ..Self::new(name) }
    }

    /// Checks the members.
    pub(super) fn check(self, checks: &mut Checks, rule: TextRule) {
        checks.required("functionName", self.name.as_ref());
        checks.text("functionName", self.name, rule);
        checks.text("qualifier", self.qualifier, rules::QUALIFIER);
    }

    /// Checks the name of a function that is to be made, which has a bound of its own.
    pub(super) fn check_new(self, checks: &mut Checks) {
        self.check(checks, rules::FUNCTION);
        if let Some(FunctionRef { name, .. }) = self.parsed() {
            let shown = self.name.unwrap_or_default();
            checks.length("functionName", &shown, name.len(), 1, FunctionName::CHARS_MAX);
        }
    }

    /// What the policy is asked about, with the function's tags. The members may still break the model's rules:
    /// then the call fails whatever the policy says.
    pub(super) fn resource(
        self,
        functions: &Functions,
        caller: &Caller,
        action: &'static str,
    ) -> Resource {
        let Some(arn) = self.arn(caller) else {
            // It names nothing, and the call will fail, for whoever may do this at all.
            return Resource::any(action);
        };
        // Of other accounts nothing is looked up.
        let own = Some(&arn).filter(|arn| arn.account == caller.account);
        let found =
            own.and_then(|arn| functions.function(arn.account, &arn.region, &arn.name).ok());
        let asked = Resource::new(action, arn.to_string());
        match found {
            Some(function) => {
                asked.tagged(function.facts.tags.iter().map(|(key, value)| (key, value)))
            }
            None => asked,
        }
    }

    /// The function's ARN as it is printed here: what is asked about must be what is then looked up.
    pub(super) fn arn(self, caller: &Caller) -> Option<FunctionArn> {
        let parsed = self.parsed()?;
        let name = parsed.name()?;
        let region = parsed.region.unwrap_or_else(|| caller.region.clone());
        Some(FunctionArn { region, account: parsed.account.unwrap_or(caller.account), name })
    }

    fn parsed(self) -> Option<FunctionRef> {
        self.name?.parse().ok()
    }

    /// The name of a function of the caller, without a qualifier other than `$LATEST`.
    pub(super) fn name(self, caller: &Caller) -> Result<FunctionName> {
        let Caller { account, region, .. } = caller;
        let named = |name: &str| Error::NotFound(Missing::named(*account, region, name));
        let parsed = self.parsed().ok_or_else(|| named(self.name.unwrap_or_default()))?;
        if let Some(other) = &parsed.region
            && other != region
        {
            let (named, here) = (other.clone(), region.clone());
            return Err(Error::NotFound(Missing::FunctionOfRegion { named, here }));
        }
        let qualifier = match (self.qualifier, parsed.qualifier.as_deref()) {
            (Some(one), Some(other)) if one != other => {
                return Err(Invalid::QualifierMismatch.into());
            }
            (one, other) => one.or(other),
        };
        let name = parsed.name().ok_or_else(|| named(&parsed.name))?;
        let own = parsed.account.is_none_or(|it| it == *account);
        let arn = || FunctionArn {
            region: region.clone(),
            account: parsed.account.unwrap_or(*account),
            name: name.clone(),
        };
        match qualifier {
            None | Some(LATEST) if own => Ok(name),
            other => Err(Error::NotFound(Missing::function(&arn(), other))),
        }
    }

    /// The name of a function of the caller, of which no version may be meant.
    pub(super) fn unqualified_name(self, caller: &Caller) -> Result<FunctionName> {
        let qualifier = self.parsed().and_then(|it| it.qualifier);
        if qualifier.is_some() {
            return Err(Invalid::Qualified.into());
        }
        self.name(caller)
    }

    /// The function itself.
    pub(super) fn find(self, functions: &Functions, caller: &Caller) -> Result<Arc<Function>> {
        let name = self.name(caller)?;
        functions.function(caller.account, &caller.region, &name)
    }
}

/// The name inside of a reference, if it can be one.
trait Named {
    fn name(&self) -> Option<FunctionName>;
}

impl Named for FunctionRef {
    fn name(&self) -> Option<FunctionName> {
        self.name.parse().ok()
    }
}
