//! DescribeServer: what a server knows of itself and its surroundings, for whoever looks after it.

use serde::{Deserialize, Serialize};
use wire::{Caller, Check, Checks, Operation, Resource};

use crate::operator::{Error, Operator};
use crate::wiring;

pub(super) struct DescribeServer;

impl Operation for DescribeServer {
    const NAME: &str = "DescribeServer";
    const ACTION: &str = "shardmill:DescribeServer";
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

    async fn run(operator: &Operator, _: &Caller, _: Self::Input<'_>) -> Result<Output, Error> {
        let space = operator.data.space().map_err(Error::Disk)?;
        let pragmas = operator.store.pragmas().iter().map(|pragma| Setting {
            name: pragma.name,
            value: pragma.value.clone(),
            wanted: pragma.wanted,
        });
        Ok(Output {
            version: env!("CARGO_PKG_VERSION"),
            sqlite_version: storage_sqlite::sqlite_version(),
            pragmas: pragmas.collect(),
            problem: wiring::problem(&storage::Store::health(&*operator.store)),
            term: storage::Store::term(&*operator.store).0,
            now_milliseconds: operator.clock.now().0,
            free_bytes: space.free_bytes,
            total_bytes: space.total_bytes,
            file_system: space.kind.unwrap_or("unknown"),
            is_remote: space.is_remote,
            low_water_bytes: operator.reserve.low_water_bytes,
            open_files_max: crate::machine::open_files_max(),
        })
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Input {}

impl Check for Input {
    fn check(&self, _: &mut Checks) {}
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Setting {
    name: &'static str,
    value: String,
    wanted: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    version: &'static str,
    sqlite_version: &'static str,
    pragmas: Vec<Setting>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    term: u32,
    now_milliseconds: u64,
    free_bytes: u64,
    total_bytes: u64,
    file_system: &'static str,
    is_remote: bool,
    low_water_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    open_files_max: Option<u64>,
}
