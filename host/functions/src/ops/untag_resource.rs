//! UntagResource: takes tags off a function or a mapping by its ARN. Keys that it has not are no error.

use wire::rest::{FromRequest, Method, Request};
use wire::shape::Text;
use wire::{Caller, Check, Checks, Failure, Resource, RestOperation};

use super::Service;
use super::tags::{self, Tagged};
use crate::{Error, Result};

pub(super) struct UntagResource;

impl RestOperation for UntagResource {
    const NAME: &str = "UntagResource";
    const ACTION: &str = "lambda:UntagResource";
    const METHOD: Method = Method::Delete;
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
        let keys = input.tag_keys.iter().map(|key| key.as_str().to_owned());
        Ok(vec![asked.with_tag_keys(keys.collect())])
    }

    async fn run(functions: &Service, caller: &Caller, input: Self::Input<'_>) -> Result<()> {
        let goes = |tag: &str| input.tag_keys.iter().any(|key| key.as_str() == tag);
        let change = |tags: &mut Vec<(String, String)>| {
            tags.retain(|(key, _)| !goes(key));
            Ok(())
        };
        Tagged(&input.resource).subject(caller)?.change(functions, caller, change).await
    }
}

#[derive(Debug)]
pub(super) struct Input<'a> {
    resource: Option<Text<'a>>,
    /// As many as the longest target of a request holds.
    tag_keys: Vec<Text<'a>>,
}

impl<'a> FromRequest<'a> for Input<'a> {
    fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        let tag_keys = request.query_list("tagKeys").collect();
        Ok(Self { resource: request.label("Resource"), tag_keys })
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        Tagged(&self.resource).check(checks);
        checks.required("tagKeys", self.tag_keys.first());
    }
}
