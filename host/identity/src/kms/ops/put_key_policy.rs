//! PutKeyPolicy: takes the policy that every key has, and no other.

use serde::Deserialize;
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::members::{POLICY, check_key, own, resource, text};
use crate::kms::{Error, Keys, policy};

pub(super) struct PutKeyPolicy;

impl Operation for PutKeyPolicy {
    const NAME: &str = "PutKeyPolicy";
    const ACTION: &str = "kms:PutKeyPolicy";
    const AUDITED: &[&str] = &["KeyId"];
    const DIFFERS: &str = "A key's policy is that its account decides: any other is answered with \
        UnsupportedOperationException.";
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
        policy::check(text(&input.policy), key.account)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
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
