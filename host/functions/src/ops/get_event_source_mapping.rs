//! GetEventSourceMapping: a mapping as it stands.

use domain::MappingId;
use wire::rest::{FromRequest, Json, Method, Request};
use wire::shape::Text;
use wire::{Caller, Check, Checks, Failure, Resource, RestOperation};

use super::Service;
use super::mapping_shapes::MappingConfiguration;
use super::mapping_target::{mapping_asked, mapping_id};
use super::rules;
use crate::{Error, Functions, Result};

pub(super) struct GetEventSourceMapping;

impl RestOperation for GetEventSourceMapping {
    const NAME: &str = "GetEventSourceMapping";
    const ACTION: &str = "lambda:GetEventSourceMapping";
    const METHOD: Method = Method::Get;
    const PATH: &str = "/2015-03-31/event-source-mappings/{UUID}";
    const DIFFERS: &str = "LastProcessingResult is that of the newest batch.";
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Output = Json<MappingConfiguration>;
    type Error = Error;

    async fn resources(
        functions: &Service,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        Ok(vec![input.resource(functions, caller, Self::ACTION)])
    }

    async fn run(
        functions: &Service,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output> {
        let mapping = functions.mapping(caller.account, &caller.region, input.id()?)?;
        Ok(Json(MappingConfiguration::now(functions, &mapping)))
    }
}

/// A mapping, and no more.
#[derive(Debug)]
pub(super) struct Input<'a> {
    uuid: Option<Text<'a>>,
}

impl<'a> FromRequest<'a> for Input<'a> {
    fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        Ok(Self { uuid: request.label("UUID") })
    }
}

impl Input<'_> {
    /// What the policy is asked about.
    pub(super) fn resource(
        &self,
        functions: &Functions,
        caller: &Caller,
        action: &'static str,
    ) -> Resource {
        mapping_asked(functions, caller, action, self.uuid.as_ref())
    }

    /// The mapping's id; one that is none is that of no mapping.
    pub(super) fn id(&self) -> Result<MappingId> {
        mapping_id(self.uuid.as_ref())
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.required("UUID", self.uuid.as_ref());
        checks.text("UUID", self.uuid.as_ref().map(Text::as_str), rules::UUID);
    }
}
