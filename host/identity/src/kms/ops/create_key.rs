//! CreateKey: makes a symmetric key that encrypts and decrypts.

use serde::{Deserialize, Serialize};
use wire::shape::{Flag, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use super::members::{DESCRIPTION, KeyMetadata, POLICY, TagList, brought, tags, text};
use crate::kms::{Error, Key, KeyPolicy, Keys, NewKey};

pub(super) struct CreateKey;

impl Operation for CreateKey {
    const NAME: &str = "CreateKey";
    const ACTION: &str = "kms:CreateKey";
    const AUDITED: &[&str] =
        &["BypassPolicyLockoutSafetyCheck", "Description", "KeySpec", "KeyUsage", "Origin"];
    const DIFFERS: &str = "Keys are symmetric. Other kinds, origins and regions of keys are answered with \
        UnsupportedOperationException. For Policy see PutKeyPolicy.";
    type Service = Keys;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(
        _: &Keys,
        _: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>, Error> {
        let tags = brought(input.tags.as_ref());
        Ok(vec![Resource::any(Self::ACTION).bringing(tags)])
    }

    async fn run(
        keys: &Keys,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output, Error> {
        input.check_kind()?;
        let policy = input.policy.as_ref().map(|it| KeyPolicy::parse(it.as_str())).transpose()?;
        let may_lock_out = input.bypass_policy_lockout_safety_check == Some(Flag(true));
        let new = NewKey {
            account: caller.account,
            region: caller.region.clone(),
            description: text(&input.description).to_owned(),
            tags: tags(input.tags.as_ref())?,
            policy,
        };
        let check = |key: &Key| match &key.policy {
            None => Ok(()),
            Some(policy) if may_lock_out => policy.check_resource(&key.arn()),
            Some(policy) => policy.check_keeps(caller, &key.arn(), keys.now()),
        };
        let key = keys.create_checked(new, check).await?;
        Ok(Output { key_metadata: (&*key).into() })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    bypass_policy_lockout_safety_check: Option<Flag>,
    #[serde(borrow)]
    custom_key_store_id: Option<Text<'a>>,
    #[serde(borrow)]
    customer_master_key_spec: Option<Text<'a>>,
    #[serde(borrow)]
    description: Option<Text<'a>>,
    #[serde(borrow)]
    key_spec: Option<Text<'a>>,
    #[serde(borrow)]
    key_usage: Option<Text<'a>>,
    multi_region: Option<Flag>,
    #[serde(borrow)]
    origin: Option<Text<'a>>,
    #[serde(borrow)]
    policy: Option<Text<'a>>,
    #[serde(borrow)]
    tags: Option<TagList<'a>>,
    #[serde(borrow)]
    xks_key_id: Option<Text<'a>>,
}

impl Input<'_> {
    /// Whether a key like this is made here.
    fn check_kind(&self) -> Result<(), Error> {
        let only = |member: &Option<Text<'_>>, known: &str, what, instead| match member {
            Some(given) if given.as_str() != known => Err(Error::Unsupported { what, instead }),
            Some(_) | None => Ok(()),
        };
        let instead = "keys are SYMMETRIC_DEFAULT, for ENCRYPT_DECRYPT";
        only(&self.key_usage, "ENCRYPT_DECRYPT", "This KeyUsage", instead)?;
        only(&self.key_spec, "SYMMETRIC_DEFAULT", "This KeySpec", instead)?;
        let spec = &self.customer_master_key_spec;
        only(spec, "SYMMETRIC_DEFAULT", "This CustomerMasterKeySpec", instead)?;
        let instead = "material of keys is made here";
        only(&self.origin, "AWS_KMS", "This Origin", instead)?;
        let is_elsewhere = self.custom_key_store_id.is_some() || self.xks_key_id.is_some();
        if is_elsewhere || self.multi_region == Some(Flag(true)) {
            return Err(Error::Unsupported {
                what: "A key store, or more than one region",
                instead,
            });
        }
        Ok(())
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.text("policy", self.policy.as_ref().map(Text::as_str), POLICY);
        checks.text("description", self.description.as_ref().map(Text::as_str), DESCRIPTION);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    key_metadata: KeyMetadata,
}
