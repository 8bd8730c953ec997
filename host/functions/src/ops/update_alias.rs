//! UpdateAlias: leads an alias elsewhere, from the next call on.

use serde::Deserialize;
use wire::rest::{FromRequest, Json, Method, Request};
use wire::shape::Text;
use wire::{Caller, Check, Checks, Failure, Resource, RestOperation};

use super::Service;
use super::alias_members::{self, AliasConfiguration, AliasMembers, AliasTarget};
use crate::{Error, Result};

pub(super) struct UpdateAlias;

impl RestOperation for UpdateAlias {
    const NAME: &str = "UpdateAlias";
    const ACTION: &str = "lambda:UpdateAlias";
    const AUDITED: &[&str] = alias_members::AUDITED;
    const ANSWERED: &[&str] = alias_members::ANSWERED;
    const METHOD: Method = Method::Put;
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
        Ok(vec![input.target.function().resource(functions, caller, Self::ACTION)])
    }

    async fn run(
        functions: &Service,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output> {
        let owned = input.target.owned(caller)?;
        let named = owned.named(caller);
        let believed = input.revision_id.as_ref().map(Text::as_str);
        let arn = named.arn().function;
        let updated =
            functions.update_alias(named, believed, |alias| input.members.put(&arn, alias));
        Ok(Json(AliasConfiguration::of(named, &*updated.await?)))
    }
}

#[derive(Debug)]
pub(super) struct Input<'a> {
    target: AliasTarget<'a>,
    members: AliasMembers<'a>,
    revision_id: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OwnMembers<'a> {
    #[serde(borrow)]
    revision_id: Option<Text<'a>>,
}

impl<'a> FromRequest<'a> for Input<'a> {
    fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        let OwnMembers { revision_id } = request.json()?;
        let target = AliasTarget::of_path(request);
        Ok(Self { target, members: request.json()?, revision_id })
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        self.target.check(checks);
        self.members.check(checks);
    }
}
