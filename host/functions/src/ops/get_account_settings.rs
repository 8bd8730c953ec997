//! GetAccountSettings: what the account may have and run in a region, and what it has.

use domain::limits;
use serde::Serialize;
use wire::rest::{FromRequest, Json, Method, Request};
use wire::{Caller, Check, Checks, Failure, Resource, RestOperation};

use super::Service;
use crate::{Error, Result};

pub(super) struct GetAccountSettings;

impl RestOperation for GetAccountSettings {
    const NAME: &str = "GetAccountSettings";
    const ACTION: &str = "lambda:GetAccountSettings";
    const METHOD: Method = Method::Get;
    const PATH: &str = "/2016-08-19/account-settings";
    const DIFFERS: &str = "ConcurrentExecutions are those of the account in all regions together; limits that \
        --no-limits lifts are told as the greatest number that fits.";
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Output = Json<Output>;
    type Error = Error;

    async fn resources(_: &Service, _: &Caller, _: &Self::Input<'_>) -> Result<Vec<Resource>> {
        // The action knows no resource.
        Ok(vec![Resource::any(Self::ACTION)])
    }

    async fn run(functions: &Service, caller: &Caller, _: Self::Input<'_>) -> Result<Self::Output> {
        let ((function_count, total_code_size), places) = functions.functions.look(|index| {
            let usage = index.usage(caller.account, &caller.region);
            (usage, functions.places(index, caller.account))
        });
        let int = |number: u64| i32::try_from(number).unwrap_or(i32::MAX);
        let is_limited = functions.settings.limits;
        Ok(Json(Output {
            account_limit: AccountLimit {
                total_code_size: if is_limited {
                    limits::ACCOUNT_CODE_BYTES_MAX
                } else {
                    i64::MAX.unsigned_abs()
                },
                code_size_unzipped: limits::PACKAGE_UNZIPPED_BYTES_MAX,
                code_size_zipped: limits::PACKAGE_BYTES_MAX,
                concurrent_executions: int(places.all),
                unreserved_concurrent_executions: int(places.unreserved),
            },
            account_usage: AccountUsage { total_code_size, function_count },
        }))
    }
}

/// There are no members.
#[derive(Debug)]
pub(super) struct Input<'a>(std::marker::PhantomData<&'a ()>);

impl<'a> FromRequest<'a> for Input<'a> {
    fn from_request(_: &Request<'a>) -> Result<Self, Failure> {
        Ok(Self(std::marker::PhantomData))
    }
}

impl Check for Input<'_> {
    fn check(&self, _: &mut Checks) {}
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    account_limit: AccountLimit,
    account_usage: AccountUsage,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct AccountLimit {
    total_code_size: u64,
    code_size_unzipped: u64,
    code_size_zipped: usize,
    concurrent_executions: i32,
    unreserved_concurrent_executions: i32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct AccountUsage {
    total_code_size: u64,
    function_count: usize,
}
