//! GetFunctionEventInvokeConfig: how a function, a version or an alias wants to be called asynchronously.

use wire::rest::{FromRequest, Json, Method, Request};
use wire::shape::Text;
use wire::{Caller, Check, Checks, Failure, Resource, RestOperation};

use super::Service;
use super::event_invoke_members::FunctionEventInvokeConfig;
use super::rules;
use super::target::Target;
use crate::{Error, Result};

pub(super) struct GetFunctionEventInvokeConfig;

impl RestOperation for GetFunctionEventInvokeConfig {
    const NAME: &str = "GetFunctionEventInvokeConfig";
    const ACTION: &str = "lambda:GetFunctionEventInvokeConfig";
    const METHOD: Method = Method::Get;
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
        Ok(vec![input.target().resource(functions, caller, Self::ACTION)])
    }

    async fn run(
        functions: &Service,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output> {
        let arn = input.target().own(caller)?;
        let config = functions.event_config(&arn)?;
        Ok(Json(FunctionEventInvokeConfig::of(&arn, &config)))
    }
}

/// The members that name a function, a version or an alias.
#[derive(Debug)]
pub(super) struct Input<'a> {
    function_name: Option<Text<'a>>,
    qualifier: Option<Text<'a>>,
}

impl<'a> FromRequest<'a> for Input<'a> {
    fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        let function_name = request.label("FunctionName");
        Ok(Self { function_name, qualifier: request.query("Qualifier") })
    }
}

impl Input<'_> {
    pub(super) fn target(&self) -> Target<'_> {
        Target::qualified(&self.function_name, &self.qualifier)
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        self.target().check(checks, rules::FUNCTION);
    }
}
