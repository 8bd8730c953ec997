//! GetPolicy: whom a function lets in, and the revision that a change may be bound to.

use serde::Serialize;
use wire::rest::{Json, Method};
use wire::{Caller, Resource, RestOperation};

use super::Service;
use super::get_function::Input;
use crate::{Error, Result};

pub(super) struct GetPolicy;

impl RestOperation for GetPolicy {
    const NAME: &str = "GetPolicy";
    const ACTION: &str = "lambda:GetPolicy";
    const METHOD: Method = Method::Get;
    const PATH: &str = "/2015-03-31/functions/{FunctionName}/policy";
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Output = Json<Output>;
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
        let (revision_id, policy) = functions.revision_and_policy(&named)?;
        Ok(Json(Output { policy: policy.document(), revision_id }))
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    policy: String,
    revision_id: String,
}
