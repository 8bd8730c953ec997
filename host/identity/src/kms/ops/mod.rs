//! The operations of KMS that data streams and their owners need, one file each, and the one table of them.

mod cancel_key_deletion;
mod create_alias;
mod create_key;
mod data_key_members;
mod decrypt;
mod delete_alias;
mod describe_key;
mod disable_key;
mod disable_key_rotation;
mod enable_key;
mod enable_key_rotation;
mod encrypt;
mod generate_data_key;
mod generate_data_key_without_plaintext;
mod get_key_policy;
mod get_key_rotation_status;
mod list_aliases;
mod list_key_policies;
mod list_keys;
mod list_resource_tags;
mod members;
mod put_key_policy;
mod rotate_key_on_demand;
mod schedule_key_deletion;
mod shown;
mod update_alias;

use std::sync::Arc;

use wire::{Entry, Forms, Table};

use super::Keys;
use cancel_key_deletion::CancelKeyDeletion;
use create_alias::CreateAlias;
use create_key::CreateKey;
use decrypt::Decrypt;
use delete_alias::DeleteAlias;
use describe_key::DescribeKey;
use disable_key::DisableKey;
use disable_key_rotation::DisableKeyRotation;
use enable_key::EnableKey;
use enable_key_rotation::EnableKeyRotation;
use encrypt::Encrypt;
use generate_data_key::GenerateDataKey;
use generate_data_key_without_plaintext::GenerateDataKeyWithoutPlaintext;
use get_key_policy::GetKeyPolicy;
use get_key_rotation_status::GetKeyRotationStatus;
use list_aliases::ListAliases;
use list_key_policies::ListKeyPolicies;
use list_keys::ListKeys;
use list_resource_tags::ListResourceTags;
use put_key_policy::PutKeyPolicy;
use rotate_key_on_demand::RotateKeyOnDemand;
use schedule_key_deletion::ScheduleKeyDeletion;
use update_alias::UpdateAlias;

const NO_GRANTS: &str = "keys are shared by their policies and those of users and roles";
const NO_IMPORT: &str = "material of keys is made here";
const NO_PAIRS: &str = "all keys are symmetric, and encrypt";
const NO_REGIONS: &str = "a key lives in one region";
const NO_STORES: &str = "material of keys lies in the server's own store";
const LATER: &str = "not built yet";

/// The model's operations, sorted by name.
pub const OPERATIONS: &[Entry<Keys>] = &[
    Entry::works::<CancelKeyDeletion>(),
    refused("ConnectCustomKeyStore", "kms:ConnectCustomKeyStore", NO_STORES),
    Entry::works::<CreateAlias>(),
    refused("CreateCustomKeyStore", "kms:CreateCustomKeyStore", NO_STORES),
    refused("CreateGrant", "kms:CreateGrant", NO_GRANTS),
    Entry::works::<CreateKey>(),
    refused("Decapsulate", "kms:Decapsulate", NO_PAIRS),
    Entry::works::<Decrypt>(),
    Entry::works::<DeleteAlias>(),
    refused("DeleteCustomKeyStore", "kms:DeleteCustomKeyStore", NO_STORES),
    refused("DeleteImportedKeyMaterial", "kms:DeleteImportedKeyMaterial", NO_IMPORT),
    refused("DeriveSharedSecret", "kms:DeriveSharedSecret", NO_PAIRS),
    refused("DescribeCustomKeyStores", "kms:DescribeCustomKeyStores", NO_STORES),
    Entry::works::<DescribeKey>(),
    Entry::works::<DisableKey>(),
    Entry::works::<DisableKeyRotation>(),
    refused("DisconnectCustomKeyStore", "kms:DisconnectCustomKeyStore", NO_STORES),
    Entry::works::<EnableKey>(),
    Entry::works::<EnableKeyRotation>(),
    refused("Encapsulate", "kms:Encapsulate", NO_PAIRS),
    Entry::works::<Encrypt>(),
    Entry::works::<GenerateDataKey>(),
    refused("GenerateDataKeyPair", "kms:GenerateDataKeyPair", NO_PAIRS),
    refused(
        "GenerateDataKeyPairWithoutPlaintext",
        "kms:GenerateDataKeyPairWithoutPlaintext",
        NO_PAIRS,
    ),
    Entry::works::<GenerateDataKeyWithoutPlaintext>(),
    refused("GenerateMac", "kms:GenerateMac", NO_PAIRS),
    refused("GenerateRandom", "kms:GenerateRandom", LATER),
    refused("GetKeyLastUsage", "kms:GetKeyLastUsage", LATER),
    Entry::works::<GetKeyPolicy>(),
    Entry::works::<GetKeyRotationStatus>(),
    refused("GetParametersForImport", "kms:GetParametersForImport", NO_IMPORT),
    refused("GetPublicKey", "kms:GetPublicKey", NO_PAIRS),
    refused("ImportKeyMaterial", "kms:ImportKeyMaterial", NO_IMPORT),
    Entry::works::<ListAliases>(),
    refused("ListGrants", "kms:ListGrants", NO_GRANTS),
    Entry::works::<ListKeyPolicies>(),
    refused("ListKeyRotations", "kms:ListKeyRotations", LATER),
    Entry::works::<ListKeys>(),
    Entry::works::<ListResourceTags>(),
    refused("ListRetirableGrants", "kms:ListRetirableGrants", NO_GRANTS),
    Entry::works::<PutKeyPolicy>(),
    refused("ReEncrypt", "kms:ReEncrypt", LATER),
    refused("ReplicateKey", "kms:ReplicateKey", NO_REGIONS),
    refused("RetireGrant", "kms:RetireGrant", NO_GRANTS),
    refused("RevokeGrant", "kms:RevokeGrant", NO_GRANTS),
    Entry::works::<RotateKeyOnDemand>(),
    Entry::works::<ScheduleKeyDeletion>(),
    refused("Sign", "kms:Sign", NO_PAIRS),
    refused("TagResource", "kms:TagResource", LATER),
    refused("UntagResource", "kms:UntagResource", LATER),
    Entry::works::<UpdateAlias>(),
    refused("UpdateCustomKeyStore", "kms:UpdateCustomKeyStore", NO_STORES),
    refused("UpdateKeyDescription", "kms:UpdateKeyDescription", LATER),
    refused("UpdatePrimaryRegion", "kms:UpdatePrimaryRegion", NO_REGIONS),
    refused("Verify", "kms:Verify", NO_PAIRS),
    refused("VerifyMac", "kms:VerifyMac", NO_PAIRS),
];

const fn refused(name: &'static str, action: &'static str, reason: &'static str) -> Entry<Keys> {
    Entry::refused_with(name, action, "UnsupportedOperationException", reason)
}

/// The service as the door sees it.
pub fn table(service: Arc<Keys>) -> Table<Keys> {
    Table {
        signing_names: &["kms"],
        target_prefix: "TrentService",
        forms: Forms::NONE,
        entries: OPERATIONS,
        service,
    }
}
