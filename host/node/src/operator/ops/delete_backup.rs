//! DeleteBackup: removes a backup that was fetched, or gives up one that is being made.

use serde::{Deserialize, Serialize};
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use crate::operator::{Error, Operator};

pub(super) struct DeleteBackup;

impl Operation for DeleteBackup {
    const NAME: &str = "DeleteBackup";
    const ACTION: &str = "shardmill:DeleteBackup";
    type Service = Operator;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(
        operator: &Operator,
        caller: &Caller,
        _: &Self::Input<'_>,
    ) -> Result<Vec<Resource>, Error> {
        operator.resources(caller, Self::ACTION)
    }

    async fn run(operator: &Operator, _: &Caller, input: Self::Input<'_>) -> Result<Output, Error> {
        operator.spool.remove(input.backup_id.as_ref().map_or("", Text::as_str))?;
        Ok(Output {})
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    backup_id: Option<Text<'a>>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.required("backupId", self.backup_id.as_ref());
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Output {}
