//! The operations on who there is, one file each, and the table of them. They are our own, and named after those of
//! IAM where it has them; what exists for users and roles alike is one file.

mod close_account;
mod create_access_key;
mod create_account;
mod create_member;
mod delete_access_key;
mod delete_member;
mod delete_policy;
mod delete_secret;
mod describe_account;
mod get_member;
mod get_policy;
mod list_access_keys;
mod list_accounts;
mod list_members;
mod list_policies;
mod list_secrets;
mod put_policy;
mod put_secret;
mod reopen_account;
mod rules;
mod shapes;
mod simulate_policy;
mod target;
mod trust;
mod update_access_key;
mod update_assume_role_policy;

use std::sync::Arc;

use wire::{Entry, Forms, Table};

use crate::directory::Directory;
use close_account::CloseAccount;
use create_access_key::CreateAccessKey;
use create_account::CreateAccount;
use create_member::CreateMember;
use delete_access_key::DeleteAccessKey;
use delete_member::DeleteMember;
use delete_policy::DeletePolicy;
use delete_secret::DeleteSecret;
use describe_account::DescribeAccount;
use get_member::GetMember;
use get_policy::GetPolicy;
use list_access_keys::ListAccessKeys;
use list_accounts::ListAccounts;
use list_members::ListMembers;
use list_policies::ListPolicies;
use list_secrets::ListSecrets;
use put_policy::PutPolicy;
use put_secret::PutSecret;
use reopen_account::ReopenAccount;
use simulate_policy::SimulatePolicy;
use target::{Roles, Users};
use update_access_key::UpdateAccessKey;
use update_assume_role_policy::UpdateAssumeRolePolicy;

/// The operations, sorted by name.
pub const OPERATIONS: &[Entry<Directory>] = &[
    Entry::works::<CloseAccount>(),
    Entry::works::<CreateAccessKey>(),
    Entry::works::<CreateAccount>(),
    Entry::works::<CreateMember<Roles>>(),
    Entry::works::<CreateMember<Users>>(),
    Entry::works::<DeleteAccessKey>(),
    Entry::works::<DeleteMember<Roles>>(),
    Entry::works::<DeletePolicy<Roles>>(),
    Entry::works::<DeleteSecret>(),
    Entry::works::<DeleteMember<Users>>(),
    Entry::works::<DeletePolicy<Users>>(),
    Entry::works::<DescribeAccount>(),
    Entry::works::<GetMember<Roles>>(),
    Entry::works::<GetPolicy<Roles>>(),
    Entry::works::<GetMember<Users>>(),
    Entry::works::<GetPolicy<Users>>(),
    Entry::works::<ListAccessKeys>(),
    Entry::works::<ListAccounts>(),
    Entry::works::<ListPolicies<Roles>>(),
    Entry::works::<ListMembers<Roles>>(),
    Entry::works::<ListSecrets>(),
    Entry::works::<ListPolicies<Users>>(),
    Entry::works::<ListMembers<Users>>(),
    Entry::works::<PutPolicy<Roles>>(),
    Entry::works::<PutSecret>(),
    Entry::works::<PutPolicy<Users>>(),
    Entry::works::<ReopenAccount>(),
    Entry::works::<SimulatePolicy>(),
    Entry::works::<UpdateAccessKey>(),
    Entry::works::<UpdateAssumeRolePolicy>(),
];

/// The operations as the door sees them.
pub fn table(directory: Arc<Directory>) -> Table<Directory> {
    Table {
        signing_names: &["shardmill"],
        target_prefix: "Shardmill_20261101",
        forms: Forms::NONE,
        entries: OPERATIONS,
        service: directory,
    }
}
