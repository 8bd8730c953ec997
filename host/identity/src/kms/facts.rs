//! What is known of keys and aliases.

use domain::{AccountId, Millis, Region};

use super::fact;
use super::policy::KeyPolicy;
use crate::vault::{Sealed, Vault};

/// A key that encrypts and decrypts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Whose it is.
    pub account: AccountId,
    /// Where it lives.
    pub region: Region,
    /// A UUID, never given twice.
    pub id: String,
    /// Who looks after it.
    pub manager: Manager,
    /// What it can be used for now.
    pub state: State,
    /// When it was made.
    pub created: Millis,
    /// What its owner noted.
    pub description: String,
    /// Tags, by key.
    pub tags: Vec<(String, String)>,
    /// Whether and when it gets new material by itself.
    pub rotation: Option<Rotation>,
    /// What decides who uses it, if its owner said so; else its account does.
    pub policy: Option<KeyPolicy>,
    /// Its material, oldest first; the last encrypts, all decrypt.
    pub materials: Vec<Material>,
}

/// Who looks after a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manager {
    /// Its owner.
    Customer,
    /// The server, for one service.
    Aws,
}

/// What a key can be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Everything.
    Enabled,
    /// Nothing, until it is enabled.
    Disabled,
    /// Nothing, and it is destroyed at this moment.
    PendingDeletion(Millis),
}

/// When a key gets new material.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// Every so many days.
    pub days: u32,
    /// Next at this moment.
    pub next: Millis,
}

/// One version of what a key encrypts with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Material {
    /// Counts, from 1.
    pub version: u32,
    /// When it was drawn.
    pub created: Millis,
    /// Whether somebody asked for it.
    pub on_demand: bool,
    pub(super) sealed: Sealed,
}

/// Another name for a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// Whose it is.
    pub account: AccountId,
    /// Where it lives.
    pub region: Region,
    /// `alias/..`.
    pub name: String,
    /// The id of its key.
    pub target: String,
    /// When it was made.
    pub created: Millis,
    /// When it was last pointed elsewhere.
    pub updated: Millis,
}

impl Key {
    /// Its ARN.
    pub fn arn(&self) -> String {
        key_arn(self.account, &self.region, &self.id)
    }

    /// Whether its material was sealed with the vault's key.
    pub(super) fn opens_with(&self, vault: &Vault) -> bool {
        self.materials.iter().all(|material| {
            let place = fact::material_place(self, material.version);
            vault.open(&place, &material.sealed).is_some()
        })
    }
}

impl Alias {
    /// Its ARN.
    pub fn arn(&self) -> String {
        alias_arn(self.account, &self.region, &self.name)
    }
}

/// The ARN of a key with this id, which may be anything.
pub(super) fn key_arn(account: AccountId, region: &Region, id: &str) -> String {
    format!("arn:aws:kms:{region}:{account}:key/{id}")
}

/// The ARN of an alias with this name, which may be anything.
pub(super) fn alias_arn(account: AccountId, region: &Region, name: &str) -> String {
    format!("arn:aws:kms:{region}:{account}:{name}")
}
