//! GetFunctionConfiguration: how a function is run.

use wire::rest::{Json, Method};
use wire::{Caller, Resource, RestOperation};

use super::Service;
use super::get_function::Input;
use super::shapes::FunctionConfiguration;
use crate::{Error, Result};

pub(super) struct GetFunctionConfiguration;

impl RestOperation for GetFunctionConfiguration {
    const NAME: &str = "GetFunctionConfiguration";
    const ACTION: &str = "lambda:GetFunctionConfiguration";
    const METHOD: Method = Method::Get;
    const PATH: &str = "/2015-03-31/functions/{FunctionName}/configuration";
    const DIFFERS: &str = "State is always Active and LastUpdateStatus Successful. LoggingConfig, \
        VpcConfig and ConfigSha256 are left out.";
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Output = Json<FunctionConfiguration>;
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
        let named = input.target().own(caller)?;
        let function = functions.find(&named)?;
        Ok(Json(FunctionConfiguration::named(&function, named.qualifier)))
    }
}
