//! DeleteFunctionConcurrency: lets a function share the calls of its account again.

use wire::rest::Method;
use wire::{Caller, Resource, RestOperation};

use super::Service;
use super::get_function_concurrency::Input;
use crate::{Error, Result};

pub(super) struct DeleteFunctionConcurrency;

impl RestOperation for DeleteFunctionConcurrency {
    const NAME: &str = "DeleteFunctionConcurrency";
    const ACTION: &str = "lambda:DeleteFunctionConcurrency";
    const METHOD: Method = Method::Delete;
    const PATH: &str = "/2017-10-31/functions/{FunctionName}/concurrency";
    const STATUS: u16 = 204;
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Output = ();
    type Error = Error;

    async fn resources(
        functions: &Service,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        Ok(vec![input.target().resource(functions, caller, Self::ACTION)])
    }

    async fn run(functions: &Service, caller: &Caller, input: Self::Input<'_>) -> Result<()> {
        let name = input.target().unqualified_name(caller)?;
        functions.reserve((caller.account, &caller.region), &name, None).await
    }
}
