//! What is known of accounts, and of users, keys, roles and secrets in them.

use std::sync::Arc;

use domain::{AccountId, Millis, PrincipalName, Region, SecretName};

use crate::vault::Sealed;

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its twelve digits, never given to another one.
    pub id: AccountId,
    /// What the operator calls it.
    pub name: String,
    /// When it was made; nothing of the operator's own, which comes with the data directory.
    pub created: Option<Millis>,
    /// Whether it is closed: none of its keys works then.
    pub is_closed: bool,
}

/// Whether it is a user or a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Has access keys.
    User,
    /// Is acted as by those whom its trust policy names.
    Role,
}

/// A user or a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Which of the two.
    pub kind: Kind,
    /// Whose it is.
    pub account: AccountId,
    /// Its name, once in an account and kind.
    pub name: PrincipalName,
    /// Never given to another one, also if that gets the name: `aws:userid`.
    pub id: String,
    /// When it was made.
    pub created: Millis,
    /// Its tags, by key.
    pub tags: Vec<(String, String)>,
    /// Its policies, by name, without white space.
    pub policies: Vec<(String, String)>,
    /// Who may act as it, as a resource policy; empty for users.
    pub trust: String,
}

/// An access key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKey {
    /// Whose it is.
    pub account: AccountId,
    /// `SMAK` and 16 characters.
    pub id: String,
    /// The user; without one, the account's root.
    pub user: Option<PrincipalName>,
    /// Whether it works.
    pub is_enabled: bool,
    /// When it was made.
    pub created: Millis,
    pub(crate) sealed: Sealed,
}

/// A secret value under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSecret {
    /// Whose it is.
    pub account: AccountId,
    /// Where it lives.
    pub region: Region,
    /// Its name.
    pub name: SecretName,
    /// Counts its values, from 1.
    pub version: u64,
    /// When it was made.
    pub created: Millis,
    /// When it got its value.
    pub changed: Millis,
    pub(crate) sealed: Sealed,
}

/// One fact.
#[derive(Clone, Debug)]
pub(crate) enum Entry {
    Account(Arc<Account>),
    Member(Arc<Member>),
    Key(Arc<AccessKey>),
    Secret(Arc<StoredSecret>),
}

/// Under which name a fact is found; names of one kind and account follow each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Name {
    Account(AccountId),
    Key(AccountId, String),
    Role(AccountId, String),
    /// Region and name.
    Secret(AccountId, String, String),
    User(AccountId, String),
}

impl Name {
    pub(crate) fn member(kind: Kind, account: AccountId, name: &str) -> Self {
        match kind {
            Kind::User => Self::User(account, name.to_owned()),
            Kind::Role => Self::Role(account, name.to_owned()),
        }
    }

    /// The account that it is of.
    pub(crate) fn account(&self) -> AccountId {
        match self {
            Self::Account(account)
            | Self::Key(account, _)
            | Self::Role(account, _)
            | Self::Secret(account, _, _)
            | Self::User(account, _) => *account,
        }
    }
}

impl Entry {
    pub(crate) fn name(&self) -> Name {
        match self {
            Self::Account(it) => Name::Account(it.id),
            Self::Member(it) => Name::member(it.kind, it.account, it.name.as_str()),
            Self::Key(it) => Name::Key(it.account, it.id.clone()),
            Self::Secret(it) => {
                Name::Secret(it.account, it.region.to_string(), it.name.to_string())
            }
        }
    }
}

impl Kind {
    /// As ARNs spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Role => "role",
        }
    }

    /// The ARN of one with this name, which may be anything.
    pub fn arn(self, account: AccountId, name: &str) -> String {
        format!("arn:aws:iam::{account}:{}/{name}", self.as_str())
    }
}

impl Member {
    /// Its ARN.
    pub fn arn(&self) -> String {
        self.kind.arn(self.account, self.name.as_str())
    }

    /// The policy with this name.
    pub fn policy(&self, name: &str) -> Option<&str> {
        let found = self.policies.iter().find(|(known, _)| known == name);
        found.map(|(_, text)| text.as_str())
    }
}

impl AccessKey {
    /// The ARN of whom it belongs to.
    pub(crate) fn principal(&self) -> String {
        match &self.user {
            Some(user) => Kind::User.arn(self.account, user.as_str()),
            None => root_arn(self.account),
        }
    }
}

/// The ARN of an account's root.
pub(crate) fn root_arn(account: AccountId) -> String {
    format!("arn:aws:iam::{account}:root")
}
