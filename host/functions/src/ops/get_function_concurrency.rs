//! GetFunctionConcurrency: how many calls at one moment a function has reserved.

use wire::rest::{FromRequest, Json, Method, Request};
use wire::shape::Text;
use wire::{Caller, Check, Checks, Failure, Resource, RestOperation};

use super::Service;
use super::put_function_concurrency::Reserved;
use super::rules;
use super::target::Target;
use crate::{Error, Result};

pub(super) struct GetFunctionConcurrency;

impl RestOperation for GetFunctionConcurrency {
    const NAME: &str = "GetFunctionConcurrency";
    const ACTION: &str = "lambda:GetFunctionConcurrency";
    const METHOD: Method = Method::Get;
    const PATH: &str = "/2019-09-30/functions/{FunctionName}/concurrency";
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Output = Json<Reserved>;
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
        let name = input.target().unqualified_name(caller)?;
        let function = functions.function(caller.account, &caller.region, &name)?;
        Ok(Json(Reserved { reserved_concurrent_executions: function.facts.reserved }))
    }
}

/// The member that names a function, of which no version may be meant.
#[derive(Debug)]
pub(super) struct Input<'a> {
    function_name: Option<Text<'a>>,
}

impl<'a> FromRequest<'a> for Input<'a> {
    fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        Ok(Self { function_name: request.label("FunctionName") })
    }
}

impl Input<'_> {
    pub(super) fn target(&self) -> Target<'_> {
        Target::new(&self.function_name)
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        self.target().check(checks, rules::FUNCTION);
    }
}
