//! GetAlias: where an alias leads.

use wire::rest::{FromRequest, Json, Method, Request};
use wire::{Caller, Check, Checks, Failure, Resource, RestOperation};

use super::Service;
use super::alias_members::{AliasConfiguration, AliasTarget};
use crate::{Error, Result};

pub(super) struct GetAlias;

impl RestOperation for GetAlias {
    const NAME: &str = "GetAlias";
    const ACTION: &str = "lambda:GetAlias";
    const METHOD: Method = Method::Get;
    const PATH: &str = "/2015-03-31/functions/{FunctionName}/aliases/{Name}";
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Output = Json<AliasConfiguration>;
    type Error = Error;

    async fn resources(
        functions: &Service,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        Ok(vec![input.0.function().resource(functions, caller, Self::ACTION)])
    }

    async fn run(
        functions: &Service,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output> {
        let owned = input.0.owned(caller)?;
        let named = owned.named(caller);
        let alias = functions.alias(named)?;
        Ok(Json(AliasConfiguration::of(named, &alias)))
    }
}

#[derive(Debug)]
pub(super) struct Input<'a>(pub(super) AliasTarget<'a>);

impl<'a> FromRequest<'a> for Input<'a> {
    fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        Ok(Self(AliasTarget::of_path(request)))
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        self.0.check(checks);
    }
}
