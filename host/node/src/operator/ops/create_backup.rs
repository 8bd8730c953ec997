//! CreateBackup: begins to make a backup, which is fetched part by part once it is ready.

use serde::{Deserialize, Serialize};
use wire::shape::Flag;
use wire::{Caller, Check, Checks, Operation, Resource};

use crate::operator::{Error, Operator};

pub(super) struct CreateBackup;

impl Operation for CreateBackup {
    const NAME: &str = "CreateBackup";
    const ACTION: &str = "shardmill:CreateBackup";
    type Service = Operator;
    type Input<'a> = Input;
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
        let with_keys = !input.without_keys.is_some_and(|Flag(without)| without);
        Ok(Output { backup_id: operator.spool.begin(with_keys)? })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    /// Leaves out the root key, the host key, and what else only the server's user may read.
    without_keys: Option<Flag>,
}

impl Check for Input {
    fn check(&self, _: &mut Checks) {}
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    backup_id: String,
}
