//! Whom or what an operation is about: names in the caller's account, or in the one that it names.

use domain::{AccountId, PrincipalName};
use wire::shape::Text;
use wire::{Caller, Checks, Resource};

use super::rules;
use crate::directory::{Directory, Kind};

/// The account that is named, or the caller's own. What is no account breaks a rule, whatever the policy says.
pub(super) fn account(caller: &Caller, named: Option<&Text<'_>>) -> AccountId {
    named.and_then(|named| named.as_str().parse().ok()).unwrap_or(caller.account)
}

/// A text that may be missing.
pub(super) fn text<'t>(member: &'t Option<Text<'_>>) -> &'t str {
    member.as_ref().map_or("", Text::as_str)
}

/// Operations that exist for users and for roles: which of the two, and what they are called for it.
pub(super) trait Of: Send + Sync + 'static {
    const KIND: Kind;
    const CREATE: Called;
    const GET: Called;
    const LIST: Called;
    const DELETE: Called;
    const PUT_POLICY: Called;
    const GET_POLICY: Called;
    const LIST_POLICIES: Called;
    const DELETE_POLICY: Called;
}

/// The name of an operation, and its action.
pub(super) type Called = (&'static str, &'static str);

/// Users.
pub(super) struct Users;
/// Roles.
pub(super) struct Roles;

impl Of for Users {
    const KIND: Kind = Kind::User;
    const CREATE: Called = ("CreateUser", "iam:CreateUser");
    const GET: Called = ("GetUser", "iam:GetUser");
    const LIST: Called = ("ListUsers", "iam:ListUsers");
    const DELETE: Called = ("DeleteUser", "iam:DeleteUser");
    const PUT_POLICY: Called = ("PutUserPolicy", "iam:PutUserPolicy");
    const GET_POLICY: Called = ("GetUserPolicy", "iam:GetUserPolicy");
    const LIST_POLICIES: Called = ("ListUserPolicies", "iam:ListUserPolicies");
    const DELETE_POLICY: Called = ("DeleteUserPolicy", "iam:DeleteUserPolicy");
}

impl Of for Roles {
    const KIND: Kind = Kind::Role;
    const CREATE: Called = ("CreateRole", "iam:CreateRole");
    const GET: Called = ("GetRole", "iam:GetRole");
    const LIST: Called = ("ListRoles", "iam:ListRoles");
    const DELETE: Called = ("DeleteRole", "iam:DeleteRole");
    const PUT_POLICY: Called = ("PutRolePolicy", "iam:PutRolePolicy");
    const GET_POLICY: Called = ("GetRolePolicy", "iam:GetRolePolicy");
    const LIST_POLICIES: Called = ("ListRolePolicies", "iam:ListRolePolicies");
    const DELETE_POLICY: Called = ("DeleteRolePolicy", "iam:DeleteRolePolicy");
}

/// A user or a role.
#[derive(Clone, Copy)]
pub(super) struct Target<'i> {
    kind: Kind,
    account: Option<&'i Text<'i>>,
    name: Option<&'i Text<'i>>,
}

impl<'i> Target<'i> {
    /// The one that is named, of the kind that the operation is about.
    pub(super) fn of<O: Of>(
        account: &'i Option<Text<'i>>,
        user: &'i Option<Text<'i>>,
        role: &'i Option<Text<'i>>,
    ) -> Self {
        let name = match O::KIND {
            Kind::User => user,
            Kind::Role => role,
        };
        Self { kind: O::KIND, account: account.as_ref(), name: name.as_ref() }
    }

    /// Which one it is.
    pub(super) fn place(self, caller: &Caller) -> (Kind, AccountId, &'i str) {
        (self.kind, account(caller, self.account), self.name.map_or("", Text::as_str))
    }

    /// The name, of one that is to be made. It satisfied the rule.
    pub(super) fn name(self) -> Option<PrincipalName> {
        self.name?.as_str().parse().ok()
    }

    /// What the policy is asked about, with the tags that it has.
    pub(super) fn resource(
        self,
        directory: &Directory,
        caller: &Caller,
        action: &'static str,
    ) -> Resource {
        let (kind, account, name) = self.place(caller);
        let asked = Resource::new(action, kind.arn(account, name));
        match directory.member(kind, account, name) {
            Ok(member) => asked.tagged(member.tags.iter().map(|(key, value)| (key, value))),
            Err(_) => asked,
        }
    }

    pub(super) fn check(self, checks: &mut Checks) {
        rules::check_account(checks, self.account);
        let path = match self.kind {
            Kind::User => "userName",
            Kind::Role => "roleName",
        };
        rules::check_required(checks, path, self.name, rules::NAME);
    }
}
