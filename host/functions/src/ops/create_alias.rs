//! CreateAlias: gives a version of a function a name, which can be led elsewhere later.

use serde::Deserialize;
use wire::rest::{FromRequest, Json, Method, Request};
use wire::shape::Text;
use wire::{Caller, Check, Checks, Failure, Resource, RestOperation};

use super::Service;
use super::alias_members::{self, AliasConfiguration, AliasMembers, AliasTarget};
use crate::versions::Alias;
use crate::{Error, Result};

pub(super) struct CreateAlias;

impl RestOperation for CreateAlias {
    const NAME: &str = "CreateAlias";
    const ACTION: &str = "lambda:CreateAlias";
    const AUDITED: &[&str] = alias_members::AUDITED;
    const ANSWERED: &[&str] = alias_members::ANSWERED;
    const METHOD: Method = Method::Post;
    const PATH: &str = "/2015-03-31/functions/{FunctionName}/aliases";
    const STATUS: u16 = 201;
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Output = Json<AliasConfiguration>;
    type Error = Error;

    async fn resources(
        functions: &Service,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        Ok(vec![input.target.function().resource(functions, caller, Self::ACTION)])
    }

    async fn run(
        functions: &Service,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output> {
        let owned = input.target.owned(caller)?;
        let named = owned.named(caller);
        let (description, revision) = (String::new(), String::new());
        let mut alias = Alias { version: None, other: None, description, revision };
        input.members.put(&named.arn().function, &mut alias)?;
        let made = functions.create_alias(named, alias).await?;
        Ok(Json(AliasConfiguration::of(named, &made)))
    }
}

#[derive(Debug)]
pub(super) struct Input<'a> {
    target: AliasTarget<'a>,
    members: AliasMembers<'a>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OwnMembers<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
}

impl<'a> FromRequest<'a> for Input<'a> {
    fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        let OwnMembers { name } = request.json()?;
        Ok(Self { target: AliasTarget::new(request, name), members: request.json()? })
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        self.target.check(checks);
        checks.required("functionVersion", self.members.function_version.as_ref());
        self.members.check(checks);
    }
}
