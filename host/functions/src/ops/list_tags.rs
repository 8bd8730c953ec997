//! ListTags: the tags of a function or a mapping, by its ARN.

use std::collections::BTreeMap;

use serde::Serialize;
use wire::rest::{FromRequest, Json, Method, Request};
use wire::shape::Text;
use wire::{Caller, Check, Checks, Failure, Resource, RestOperation};

use super::Service;
use super::tags::{self, Subject, Tagged};
use crate::{Error, Result};

pub(super) struct ListTags;

impl RestOperation for ListTags {
    const NAME: &str = "ListTags";
    const ACTION: &str = "lambda:ListTags";
    const METHOD: Method = Method::Get;
    const PATH: &str = "/2017-03-31/tags/{Resource}";
    const DIFFERS: &str = tags::DIFFERS;
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Output = Json<Output>;
    type Error = Error;

    async fn resources(
        functions: &Service,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        Ok(vec![Tagged(&input.resource).asked(functions, caller, Self::ACTION)])
    }

    async fn run(
        functions: &Service,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output> {
        let (account, region) = (caller.account, &caller.region);
        let tags = match Tagged(&input.resource).subject(caller)? {
            Subject::Function(name) => {
                tags::shown(&functions.function(account, region, &name)?.facts.tags)
            }
            Subject::Mapping(id) => {
                tags::shown(&functions.mapping(account, region, id)?.facts.tags)
            }
        };
        Ok(Json(Output { tags }))
    }
}

#[derive(Debug)]
pub(super) struct Input<'a> {
    resource: Option<Text<'a>>,
}

impl<'a> FromRequest<'a> for Input<'a> {
    fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        Ok(Self { resource: request.label("Resource") })
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        Tagged(&self.resource).check(checks);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    tags: BTreeMap<String, String>,
}
