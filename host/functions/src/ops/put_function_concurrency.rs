//! PutFunctionConcurrency: reserves a number of calls at one moment for a function; 0 stops it.

use serde::{Deserialize, Serialize};
use wire::rest::{FromRequest, Json, Method, Request};
use wire::shape::{Int, Text};
use wire::{Caller, Check, Checks, Failure, Resource, RestOperation};

use super::Service;
use super::rules;
use super::target::Target;
use crate::{Error, Result};

pub(super) struct PutFunctionConcurrency;

impl RestOperation for PutFunctionConcurrency {
    const NAME: &str = "PutFunctionConcurrency";
    const ACTION: &str = "lambda:PutFunctionConcurrency";
    const METHOD: Method = Method::Put;
    const PATH: &str = "/2017-10-31/functions/{FunctionName}/concurrency";
    const DIFFERS: &str = "It holds for the next call; calls that run count where they began. What is reserved \
        in all regions counts together.";
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
        let reserved = input.reserved_concurrent_executions;
        // The rules of the model keep it between 0 and the greatest number of 32 bits.
        let reserved = reserved.and_then(|Int(number)| u32::try_from(number).ok());
        functions.reserve((caller.account, &caller.region), &name, reserved).await?;
        Ok(Json(Reserved { reserved_concurrent_executions: reserved }))
    }
}

#[derive(Debug)]
pub(super) struct Input<'a> {
    function_name: Option<Text<'a>>,
    reserved_concurrent_executions: Option<Int>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    reserved_concurrent_executions: Option<Int>,
}

impl<'a> FromRequest<'a> for Input<'a> {
    fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        let Body { reserved_concurrent_executions } = request.json()?;
        let function_name = request.label("FunctionName");
        Ok(Self { function_name, reserved_concurrent_executions })
    }
}

impl Input<'_> {
    fn target(&self) -> Target<'_> {
        Target::new(&self.function_name)
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        self.target().check(checks, rules::FUNCTION);
        let reserved = self.reserved_concurrent_executions;
        checks.required("reservedConcurrentExecutions", reserved.as_ref());
        let reserved = reserved.map(|Int(number)| number);
        checks.number("reservedConcurrentExecutions", reserved, 0, i32::MAX.into());
    }
}

/// What a function has reserved.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Reserved {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reserved_concurrent_executions: Option<u32>,
}
