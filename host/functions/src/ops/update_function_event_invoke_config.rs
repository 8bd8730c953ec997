//! UpdateFunctionEventInvokeConfig: changes how a function, a version or an alias wants to be called asynchronously: what is not given stays.

use wire::rest::{Json, Method};
use wire::{Caller, Resource, RestOperation};

use super::Service;
use super::event_invoke_members::{ANSWERED, AUDITED, FunctionEventInvokeConfig, Input};
use crate::events::absent;
use crate::{Error, Result};

pub(super) struct UpdateFunctionEventInvokeConfig;

impl RestOperation for UpdateFunctionEventInvokeConfig {
    const NAME: &str = "UpdateFunctionEventInvokeConfig";
    const ACTION: &str = "lambda:UpdateFunctionEventInvokeConfig";
    const AUDITED: &[&str] = AUDITED;
    const ANSWERED: &[&str] = ANSWERED;
    const METHOD: Method = Method::Post;
    const PATH: &str = "/2019-09-25/functions/{FunctionName}/event-invoke-config";
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Output = Json<FunctionEventInvokeConfig>;
    type Error = Error;

    async fn resources(
        functions: &Service,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        Ok(input.resources(functions, caller, Self::ACTION))
    }

    async fn run(
        functions: &Service,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output> {
        let arn = input.target().own(caller)?;
        let put = functions.put_event_config(&arn, |old| {
            let old = old.cloned().ok_or_else(|| absent(&arn))?;
            input.put(functions, caller, old)
        });
        Ok(Json(FunctionEventInvokeConfig::of(&arn, &*put.await?)))
    }
}
