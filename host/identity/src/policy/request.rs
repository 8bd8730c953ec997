//! What is asked: who wants to do what to which resource, and how the request came.

use std::borrow::Cow;
use std::collections::BTreeMap;

use domain::AccountId;

use super::keys;

/// A question for [`super::evaluate`].
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Who asks.
    pub principal: &'a Principal,
    /// Service and action, as in `kinesis:PutRecord`; in any case.
    pub action: &'a str,
    /// The resource's ARN, or `*` if the action knows no resource.
    pub resource: &'a str,
    /// What else is known about the request.
    pub context: &'a Context,
}

/// What kind of principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrincipalKind {
    /// The account itself.
    Root,
    /// A user with keys of its own.
    User,
    /// A session of a role.
    Role,
}

/// Who signed the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The account that it belongs to.
    pub account: AccountId,
    /// `arn:aws:iam::123456789012:root`, `..:user/name`, and for a session of a role
    /// `arn:aws:sts::123456789012:assumed-role/name/session` (or the role's own ARN).
    pub arn: String,
    /// The unique id: `aws:userid`.
    pub id: String,
    /// What it is.
    pub kind: PrincipalKind,
    /// The friendly name; `aws:username`, if it is a user.
    pub name: Option<String>,
    /// Its tags: `aws:PrincipalTag/key`.
    pub tags: Vec<(String, String)>,
}

impl Principal {
    /// `aws:PrincipalArn`: of a session, the role. A session's ARN has no path of its role, so nor has this.
    pub(super) fn lasting_arn(&self) -> Cow<'_, str> {
        let session = match self.kind {
            PrincipalKind::Role => self.arn.split_once(":assumed-role/"),
            PrincipalKind::Root | PrincipalKind::User => None,
        };
        match session {
            None => Cow::Borrowed(&self.arn),
            Some((_, names)) => {
                let name = names.split('/').next().unwrap_or_default();
                Cow::Owned(format!("arn:aws:iam::{}:role/{name}", self.account))
            }
        }
    }

    /// `aws:PrincipalType`.
    pub(super) fn kind_name(&self) -> &'static str {
        match self.kind {
            PrincipalKind::Root => "Account",
            PrincipalKind::User => "User",
            PrincipalKind::Role => "AssumedRole",
        }
    }
}

/// Condition keys of a request with their values. Names differ by more than case.
///
/// What follows from the principal and the resource is not needed here, and is not believed either:
/// `aws:PrincipalArn`, `aws:PrincipalAccount`, `aws:PrincipalType`, `aws:PrincipalTag/..`, `aws:userid`,
/// `aws:username` and `aws:ResourceAccount` come from the [`Request`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    values: BTreeMap<String, Vec<String>>,
}

impl Context {
    /// A request about which nothing is known.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says that `key` has this one value, and no other any more.
    #[must_use]
    pub fn with(self, key: &str, value: impl Into<String>) -> Self {
        self.with_list(key, [value])
    }

    /// Says that `key` has these values, and no others any more. Without any, it is as good as absent.
    #[must_use]
    pub fn with_list<V: Into<String>>(
        mut self,
        key: &str,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        self.values.insert(keys::fold(key), values);
        self
    }

    /// Says that `key` has these values besides those that it has. Keys of tags may differ by case only, which
    /// those of conditions cannot.
    #[must_use]
    pub fn with_more<V: Into<String>>(
        mut self,
        key: &str,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let values = values.into_iter().map(Into::into);
        self.values.entry(keys::fold(key)).or_default().extend(values);
        self
    }

    /// The values of a folded key.
    pub(super) fn values(&self, folded: &str) -> &[String] {
        self.values.get(folded).map_or(&[], Vec::as_slice)
    }
}
