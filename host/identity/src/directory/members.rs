//! Users and roles, and their policies.

use std::sync::Arc;

use domain::{AccountId, PrincipalName, limits};
use stdx::Page;

use super::facts::{Entry, Kind, Member, Name};
use super::index::{Change, Index};
use super::{Directory, conflict};
use crate::error::{Error, Limit, Missing, Taken};
use crate::policy::Policy;
use crate::root::base32;

/// What a user or a role is to be.
#[derive(Clone, Debug)]
pub struct NewMember {
    /// Which of the two.
    pub kind: Kind,
    /// Whose it will be.
    pub account: AccountId,
    /// Its name.
    pub name: PrincipalName,
    /// Its tags, by key.
    pub tags: Vec<(String, String)>,
    /// Who may act as it; empty for users.
    pub trust: String,
}

impl Directory {
    /// Makes a user or a role without policies: it may do nothing yet.
    ///
    /// # Errors
    /// If the name is taken, there are too many, or the store does not take it.
    pub async fn create_member(&self, new: NewMember) -> Result<Arc<Member>, Error> {
        let NewMember { kind, account, name, tags, trust } = new;
        let prefix = match kind {
            Kind::User => "SMID",
            Kind::Role => "SMRO",
        };
        let id = format!("{prefix}{}", base32(self.around.entropy.bytes()));
        let (created, policies) = (self.now(), Vec::new());
        let member = Member { kind, account, name, id, created, tags, policies, trust };
        let member = Arc::new(member);
        let name = member.name.as_str();
        let changed = self.ledger.change(|index| {
            self.check_open(index, account)?;
            if index.member(kind, account, name).is_some() {
                return Err(taken(kind, name));
            }
            let (max, limit) = match kind {
                Kind::User => (limits::ACCOUNT_USERS_MAX, Limit::Users),
                Kind::Role => (limits::ACCOUNT_ROLES_MAX, Limit::Roles),
            };
            if index.members(kind, account, "").count() >= max {
                return Err(Error::Limit(limit));
            }
            Ok(Change::add(Entry::Member(Arc::clone(&member))))
        });
        changed.await.map_err(|error| conflict(error, || taken(kind, name)))?;
        Ok(member)
    }

    /// The user or role with this name.
    ///
    /// # Errors
    /// If there is none.
    pub fn member(&self, kind: Kind, account: AccountId, name: &str) -> Result<Arc<Member>, Error> {
        let found = self.ledger.look(|index| index.member(kind, account, name).cloned());
        found.ok_or_else(|| missing(kind, name))
    }

    /// Up to `limit` users or roles whose names are greater than `after`, by name.
    pub fn members(
        &self,
        kind: Kind,
        account: AccountId,
        after: &str,
        limit: usize,
    ) -> Page<Arc<Member>> {
        self.ledger
            .look(|index: &Index| Page::first(limit, index.members(kind, account, after).cloned()))
    }

    /// Deletes a user with its policies and keys, or a role with its policies, at once.
    ///
    /// # Errors
    /// If there is none, or the store does not take it.
    pub async fn delete_member(
        &self,
        kind: Kind,
        account: AccountId,
        name: &str,
    ) -> Result<(), Error> {
        let change = self.ledger.change(|index| {
            let stored = index.get(&Name::member(kind, account, name));
            let stored = stored.ok_or_else(|| missing(kind, name))?;
            let is_its = |user: &Option<PrincipalName>| {
                kind == Kind::User && user.as_ref().is_some_and(|user| user.as_str() == name)
            };
            let keys = index.keys(account).filter(|(key, _)| is_its(&key.user));
            let gone = keys.map(|(_, stored)| stored).chain([stored]);
            Ok(Change::remove(account, gone))
        });
        change.await
    }

    /// Gives a user or a role a policy, in place of any of the same name.
    ///
    /// # Errors
    /// If there is nobody of that name, the text is no policy, there would be too much, or the store does not take it.
    pub async fn put_policy(
        &self,
        of: (Kind, AccountId, &str),
        policy: &str,
        text: &str,
    ) -> Result<(), Error> {
        let (kind, _, name) = of;
        let text = compact(text);
        // Read as it will be stored, so that what is stored can be read.
        Policy::parse(&text)?;
        self.change_member(of, |member| {
            member.policies.retain(|(known, _)| known != policy);
            member.policies.push((policy.to_owned(), text));
            member.policies.sort_unstable();
            let chars = member.policies.iter().map(|(_, text)| text.chars().count());
            if chars.sum::<usize>() > limits::PRINCIPAL_POLICIES_CHARS_MAX {
                let (holder, name) = (kind.as_str(), name.to_owned());
                return Err(Error::Limit(Limit::Policies { holder, name }));
            }
            Ok(())
        })
        .await
    }

    /// Takes a policy away from a user or a role.
    ///
    /// # Errors
    /// If there is nobody or nothing of that name, or the store does not take it.
    pub async fn delete_policy(
        &self,
        of: (Kind, AccountId, &str),
        policy: &str,
    ) -> Result<(), Error> {
        self.change_member(of, |member| {
            let before = member.policies.len();
            member.policies.retain(|(known, _)| known != policy);
            match member.policies.len() {
                after if after == before => Err(missing_policy(of.0, policy)),
                _ => Ok(()),
            }
        })
        .await
    }

    /// Says anew who may act as a role.
    ///
    /// # Errors
    /// If there is none of that name, or the store does not take it.
    pub async fn put_trust(
        &self,
        account: AccountId,
        role: &str,
        trust: &str,
    ) -> Result<(), Error> {
        self.change_member((Kind::Role, account, role), |member| {
            trust.clone_into(&mut member.trust);
            Ok(())
        })
        .await
    }

    async fn change_member(
        &self,
        (kind, account, name): (Kind, AccountId, &str),
        change: impl FnOnce(&mut Member) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let changed = self.ledger.change(|index| {
            let found = index.member(kind, account, name);
            let stored = index.get(&Name::member(kind, account, name));
            let (found, stored) = found.zip(stored).ok_or_else(|| missing(kind, name))?;
            let mut member = Member::clone(found);
            change(&mut member)?;
            Ok(Change::replace(stored, Entry::Member(Arc::new(member))))
        });
        changed.await
    }
}

pub(super) fn missing(kind: Kind, name: &str) -> Error {
    let name = name.to_owned();
    Error::Missing(match kind {
        Kind::User => Missing::User(name),
        Kind::Role => Missing::Role(name),
    })
}

pub(crate) fn missing_policy(kind: Kind, name: &str) -> Error {
    let (holder, name) = (kind.as_str(), name.to_owned());
    Error::Missing(Missing::Policy { holder, name })
}

fn taken(kind: Kind, name: &str) -> Error {
    let name = name.to_owned();
    Error::Taken(match kind {
        Kind::User => Taken::User(name),
        Kind::Role => Taken::Role(name),
    })
}

/// JSON without the white space between its parts: quotas count, and facts keep, what is left.
pub(crate) fn compact(json: &str) -> String {
    let (mut is_text, mut is_escaped) = (false, false);
    let stays = |char: &char| {
        if is_text {
            (is_text, is_escaped) = match (char, is_escaped) {
                (_, true) => (true, false),
                ('\\', false) => (true, true),
                ('"', false) => (false, false),
                _ => (true, false),
            };
            return true;
        }
        is_text = *char == '"';
        !matches!(char, ' ' | '\t' | '\r' | '\n')
    };
    json.chars().filter(stays).collect()
}
