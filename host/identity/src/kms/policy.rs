//! The policies of keys: without one, that a key's account decides who uses it.
//!
//! A key's policy decides alone, as on AWS: it lets somebody in, or names the account and so leaves it to the policies of
//! that account's users and roles. It can let in other accounts, whose own policies must allow it as well.

use std::sync::Arc;

use domain::{AccountId, Millis, limits};
use serde_json::json;
use wire::{AttachedPolicy, Caller, Resource};

use super::error::{Error, Limit};
use super::facts::{Key, Manager};
use crate::directory::{context, is_root, root_arn};
use crate::policy::{Policy, Principal, PrincipalKind, Request, ResourcePolicy, evaluate};

/// What a policy is called that is not called anything.
pub(super) const NAME: &str = "default";

/// What a key's policy can let other accounts do, of what works here (KMS developer guide, allowing users in other
/// accounts to use a KMS key). All else is for the account of the key alone.
const SHARED: [&str; 6] = [
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:GetKeyRotationStatus",
];

/// An own policy that is in nobody's way.
const ALL: &str = r#"{"Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;

/// A policy that was put on a key: as it was written, and read.
#[derive(Clone, Debug)]
pub struct KeyPolicy {
    text: Arc<str>,
    attached: AttachedPolicy,
}

impl PartialEq for KeyPolicy {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for KeyPolicy {}

impl KeyPolicy {
    /// Reads a policy that somebody wants a key to have.
    ///
    /// # Errors
    /// If it is too long, or anything in it is not understood.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > limits::KEY_POLICY_BYTES_MAX {
            return Err(Error::Limit(Limit::Policy));
        }
        let attached = AttachedPolicy::new(ResourcePolicy::parse_of_key(text)?);
        Ok(Self { text: text.into(), attached })
    }

    /// One that was taken once. If it cannot be read any more it lets nobody in.
    pub(super) fn stored(text: &str) -> Self {
        let attached = match ResourcePolicy::parse_of_key(text) {
            Ok(policy) => AttachedPolicy::new(policy),
            Err(error) => {
                tracing::error!(%error, "a policy of a key that was accepted cannot be read");
                AttachedPolicy::unreadable()
            }
        };
        Self { text: text.into(), attached }
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the key with this ARN can have it.
    ///
    /// # Errors
    /// If a statement is about another resource: it would never apply.
    pub(super) fn check_resource(&self, arn: &str) -> Result<(), Error> {
        let Some(policy) = self.attached.read::<ResourcePolicy>() else { return Ok(()) };
        Ok(policy.check_resource(arn)?)
    }

    /// The same, and whether the caller could put another policy in its place: it must let the caller in, or leave that
    /// to the caller's account. What the caller's own policies say is not asked, nor what tags it has.
    ///
    /// # Errors
    /// If not: the key could not be managed any more.
    pub(super) fn check_keeps(&self, caller: &Caller, arn: &str, now: Millis) -> Result<(), Error> {
        self.check_resource(arn)?;
        let all = Policy::parse(ALL).map(Arc::new)?;
        let conditions = vec![caller_account(caller.account)];
        let request = Request {
            principal: &principal(caller),
            action: "kms:PutKeyPolicy",
            resource: arn,
            context: &context(caller, &conditions, now.0),
        };
        match evaluate(&[all], self.attached.read(), &request).is_allowed() {
            true => Ok(()),
            false => Err(Error::Lockout),
        }
    }
}

impl Key {
    /// Whether somebody of this account may find it at all: one without a policy is nobody else's, whoever decides.
    pub fn is_found_by(&self, account: AccountId) -> bool {
        self.account == account || self.policy.is_some()
    }

    /// What policies are asked about it when somebody of `account` calls, with its tags and, where that decides about
    /// the action, its own policy. A key without one is as one whose policy leaves all to its account.
    pub fn asked(&self, action: &'static str, account: AccountId) -> Resource {
        let (name, value) = caller_account(account);
        let mut asked = Resource::new(action, self.arn());
        asked = asked.tagged(self.tags.iter().map(|(key, value)| (key, value)));
        asked.conditions.push((name, value));
        let decides = self.manager == Manager::Customer
            && (self.account == account || SHARED.contains(&action));
        let policy = self.policy.as_ref().filter(|_| decides);
        asked.with_policy(policy.map(|policy| policy.attached.clone()))
    }

    /// Its policy, as it was put or as every key has it.
    pub fn policy_text(&self) -> String {
        self.policy.as_ref().map_or_else(|| default(self.account), |it| it.text().to_owned())
    }
}

/// The condition by which policies know whose caller it is.
fn caller_account(account: AccountId) -> (String, Vec<String>) {
    ("kms:CallerAccount".to_owned(), vec![account.to_string()])
}

/// The caller as far as its ARN tells.
fn principal(caller: &Caller) -> Principal {
    let arn = caller.principal.clone();
    let kind = match (is_root(caller), arn.contains(":user/")) {
        (true, _) => PrincipalKind::Root,
        (false, true) => PrincipalKind::User,
        (false, false) => PrincipalKind::Role,
    };
    let name = arn.rsplit_once('/').map(|(_, name)| name.to_owned());
    Principal { account: caller.account, arn, id: String::new(), kind, name, tags: Vec::new() }
}

/// The policy that every key has which was given none.
fn default(account: AccountId) -> String {
    let policy = json!({
        "Version": "2012-10-17",
        "Id": "key-default-1",
        "Statement": [{
            "Sid": "Enable IAM User Permissions",
            "Effect": "Allow",
            "Principal": { "AWS": root_arn(account) },
            "Action": "kms:*",
            "Resource": "*",
        }],
    });
    format!("{policy:#}")
}

/// Whether a key has a policy of this name; none given means the one that it has.
///
/// # Errors
/// If not.
pub(super) fn check_name(name: &str) -> Result<(), Error> {
    if name.is_empty() || name == NAME {
        Ok(())
    } else {
        Err(Error::Invalid("No such policy exists"))
    }
}
