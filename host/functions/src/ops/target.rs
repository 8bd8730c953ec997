//! The function that a call is about: by name, partial ARN or ARN, with or without a qualifier.

use std::sync::Arc;

use domain::{FunctionArn, FunctionName, FunctionRef, InvalidQualifier, QualifiedArn, Qualifier};
use wire::shape::Text;
use wire::{Caller, Checks, Resource, TextRule};

use super::rules;
use crate::error::{Invalid, Missing};
use crate::{Error, Function, Functions, Result};

/// The version that a function has as long as it has no other.
pub(super) const LATEST: &str = Qualifier::LATEST;

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

    /// A function that a text names.
    pub(super) fn of(name: &'i str) -> Self {
        Self { name: Some(name), qualifier: None }
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

    /// What the policy is asked about, with the function's tags and, where it decides about the action, the function's own
    /// policy. The members may still break the model's rules: then the call fails whatever the policy says.
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
        // Of other regions, nothing of this one is said.
        if arn.function.region != caller.region {
            return Resource::new(action, arn.to_string());
        }
        functions.asked(caller.account, &arn, action)
    }

    /// The ARN as it is printed here: what is asked about must be what is then looked up.
    pub(super) fn arn(self, caller: &Caller) -> Option<QualifiedArn> {
        let parsed = self.parsed()?;
        let name = parsed.name()?;
        let qualifier = self.one_qualifier(&parsed).ok()?.map(str::parse).transpose().ok()?;
        let region = parsed.region.unwrap_or_else(|| caller.region.clone());
        let account = parsed.account.unwrap_or(caller.account);
        Some(QualifiedArn { function: FunctionArn { region, account, name }, qualifier })
    }

    fn parsed(self) -> Option<FunctionRef> {
        self.name?.parse().ok()
    }

    /// The one qualifier that the members tell, in either place.
    fn one_qualifier<'p>(self, parsed: &'p FunctionRef) -> Result<Option<&'p str>>
    where
        'i: 'p,
    {
        match (self.qualifier, parsed.qualifier.as_deref()) {
            (Some(one), Some(other)) if one != other => Err(Invalid::QualifierMismatch.into()),
            (one, other) => Ok(one.or(other)),
        }
    }

    /// What the members name, in the caller's region: the function need not exist, and may be of another account.
    pub(super) fn named(self, caller: &Caller) -> Result<QualifiedArn> {
        let Caller { account, region, .. } = caller;
        let named = |name: &str| Error::NotFound(Missing::named(*account, region, name));
        let parsed = self.parsed().ok_or_else(|| named(self.name.unwrap_or_default()))?;
        if let Some(other) = &parsed.region
            && other != region
        {
            let (named, here) = (other.clone(), region.clone());
            return Err(Error::NotFound(Missing::FunctionOfRegion { named, here }));
        }
        let qualifier = self.one_qualifier(&parsed)?;
        let name = parsed.name().ok_or_else(|| named(&parsed.name))?;
        let account = parsed.account.unwrap_or(*account);
        let function = FunctionArn { region: region.clone(), account, name };
        match qualifier.map(str::parse).transpose() {
            Ok(qualifier) => Ok(QualifiedArn { function, qualifier }),
            Err(InvalidQualifier) => Err(Error::NotFound(Missing::function(&function, qualifier))),
        }
    }

    /// What the members name of the caller itself.
    pub(super) fn own(self, caller: &Caller) -> Result<QualifiedArn> {
        let named = self.named(caller)?;
        match named.function.account == caller.account {
            true => Ok(named),
            false => Err(Error::NotFound(Missing::qualified(&named))),
        }
    }

    /// The name of a function of the caller, of which no version may be meant.
    pub(super) fn unqualified_name(self, caller: &Caller) -> Result<FunctionName> {
        let qualifier = self.parsed().and_then(|it| it.qualifier);
        if qualifier.is_some() {
            return Err(Invalid::Qualified.into());
        }
        self.own(caller).map(|named| named.function.name)
    }

    /// The function or version to run, where the policy was asked and said yes: it may be of another account, and is
    /// found then if it has a policy that can let in others, whoever decides.
    pub(super) fn find_shared(
        self,
        functions: &Functions,
        caller: &Caller,
    ) -> Result<Arc<Function>> {
        let named = self.named(caller)?;
        let QualifiedArn { function, qualifier } = &named;
        let policy = || functions.policy(function, qualifier.as_ref());
        let is_own = function.account == caller.account;
        if is_own || policy().and_then(|it| it.attached()).is_some() {
            return functions.pick(&named);
        }
        Err(Error::NotFound(Missing::qualified(&named)))
    }

    /// The function itself, or the version that is named.
    pub(super) fn find(self, functions: &Functions, caller: &Caller) -> Result<Arc<Function>> {
        functions.find(&self.own(caller)?)
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
