//! ListKeyPolicies: what the policies of a key are called. There is always one.

use serde::{Deserialize, Serialize};
use wire::shape::{Int, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use super::members::{check_key, check_page, own, resource, text};
use crate::kms::{Error, Keys, policy};

pub(super) struct ListKeyPolicies;

impl Operation for ListKeyPolicies {
    const NAME: &str = "ListKeyPolicies";
    const ACTION: &str = "kms:ListKeyPolicies";
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
        own(keys, caller, text(&input.key_id))?;
        // No page ends before the one name, so nobody was given a marker.
        match input.marker {
            None => Ok(Output { policy_names: [policy::NAME], truncated: false }),
            Some(_) => Err(Error::Marker),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    key_id: Option<Text<'a>>,
    limit: Option<Int>,
    #[serde(borrow)]
    marker: Option<Text<'a>>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        check_key(checks, self.key_id.as_ref());
        check_page(checks, self.limit, self.marker.as_ref());
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    policy_names: [&'static str; 1],
    truncated: bool,
}
