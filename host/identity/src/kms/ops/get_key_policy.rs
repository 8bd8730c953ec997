//! GetKeyPolicy: the policy of a key, as it was put.

use serde::{Deserialize, Serialize};
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::members::{check_key, own, resource, text};
use crate::kms::{Error, Keys, policy};

pub(super) struct GetKeyPolicy;

impl Operation for GetKeyPolicy {
    const NAME: &str = "GetKeyPolicy";
    const ACTION: &str = "kms:GetKeyPolicy";
    const AUDITED: &[&str] = &["KeyId"];
    type Service = Keys;
    type Input<'a> = Input<'a>;
    type Output = Output;
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
        Ok(Output { policy: key.policy_text(), policy_name: policy::NAME })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    key_id: Option<Text<'a>>,
    #[serde(borrow)]
    policy_name: Option<Text<'a>>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        check_key(checks, self.key_id.as_ref());
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    policy: String,
    policy_name: &'static str,
}
