//! TagResource: adds tags to a function or a mapping by its ARN, in the place of those with the same keys.

use serde::Deserialize;
use wire::rest::{FromRequest, Method, Request};
use wire::shape::{Tags, Text};
use wire::{Caller, Check, Checks, Failure, Resource, RestOperation};

use super::Service;
use super::tags::{self, Tagged};
use crate::{Error, Result};

pub(super) struct TagResource;

impl RestOperation for TagResource {
    const NAME: &str = "TagResource";
    const ACTION: &str = "lambda:TagResource";
    const METHOD: Method = Method::Post;
    const PATH: &str = "/2017-03-31/tags/{Resource}";
    const STATUS: u16 = 204;
    const DIFFERS: &str = tags::DIFFERS;
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Output = ();
    type Error = Error;

    async fn resources(
        functions: &Service,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        let asked = Tagged(&input.resource).asked(functions, caller, Self::ACTION);
        Ok(vec![asked.bringing(tags::pairs(input.tags.as_ref()))])
    }

    async fn run(functions: &Service, caller: &Caller, input: Self::Input<'_>) -> Result<()> {
        let subject = Tagged(&input.resource).subject(caller)?;
        let more = tags::owned(input.tags)?;
        subject.change(functions, caller, |tags| tags::add(tags, more)).await
    }
}

#[derive(Debug)]
pub(super) struct Input<'a> {
    resource: Option<Text<'a>>,
    tags: Option<Tags<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body<'a> {
    #[serde(borrow)]
    tags: Option<Tags<'a>>,
}

impl<'a> FromRequest<'a> for Input<'a> {
    fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        let Body { tags } = request.json()?;
        Ok(Self { resource: request.label("Resource"), tags })
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        Tagged(&self.resource).check(checks);
        checks.required("tags", self.tags.as_ref());
    }
}
