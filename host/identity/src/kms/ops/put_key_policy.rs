//! PutKeyPolicy: hangs a policy on a key, in the place of the one that it has.

use serde::Deserialize;
use wire::shape::{Flag, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use super::members::{POLICY, check_key, own, resource, text};
use crate::kms::{Error, KeyPolicy, Keys, policy};

pub(super) struct PutKeyPolicy;

impl Operation for PutKeyPolicy {
    const NAME: &str = "PutKeyPolicy";
    const ACTION: &str = "kms:PutKeyPolicy";
    const AUDITED: &[&str] = &["BypassPolicyLockoutSafetyCheck", "KeyId"];
    const DIFFERS: &str = "What is not understood of a policy is refused: see the policy language. Principals need not \
        exist, and each statement must be about this key.";
    type Service = Keys;
    type Input<'a> = Input<'a>;
    type Output = ();
    type Error = Error;

    async fn resources(
        keys: &Keys,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>, Error> {
        Ok(vec![resource(keys, caller, Self::ACTION, text(&input.key_id))])
    }

    async fn run(
        keys: &Keys,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output, Error> {
        let key = own(keys, caller, text(&input.key_id))?;
        policy::check_name(text(&input.policy_name))?;
        let policy = KeyPolicy::parse(text(&input.policy))?;
        if input.bypass_policy_lockout_safety_check != Some(Flag(true)) {
            policy.check_keeps(caller, &key.arn(), keys.now())?;
        }
        keys.put_policy(&key, policy).await
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    bypass_policy_lockout_safety_check: Option<Flag>,
    #[serde(borrow)]
    key_id: Option<Text<'a>>,
    #[serde(borrow)]
    policy: Option<Text<'a>>,
    #[serde(borrow)]
    policy_name: Option<Text<'a>>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        check_key(checks, self.key_id.as_ref());
        checks.required("policy", self.policy.as_ref());
        checks.text("policy", self.policy.as_ref().map(Text::as_str), POLICY);
    }
}
