//! DeleteFunctionEventInvokeConfig: has a function, a version or an alias be called asynchronously as if nothing had been
//! said.

use wire::rest::Method;
use wire::{Caller, Resource, RestOperation};

use super::Service;
use super::get_function_event_invoke_config::Input;
use crate::{Error, Result};

pub(super) struct DeleteFunctionEventInvokeConfig;

impl RestOperation for DeleteFunctionEventInvokeConfig {
    const NAME: &str = "DeleteFunctionEventInvokeConfig";
    const ACTION: &str = "lambda:DeleteFunctionEventInvokeConfig";
    const METHOD: Method = Method::Delete;
    const PATH: &str = "/2019-09-25/functions/{FunctionName}/event-invoke-config";
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
        functions.delete_event_config(&input.target().own(caller)?).await
    }
}
