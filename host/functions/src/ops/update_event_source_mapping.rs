//! UpdateEventSourceMapping: changes a mapping, or has it rest or go on.

use wire::rest::{FromRequest, Json, Method, Request};
use wire::shape::{Flag, Text};
use wire::{Caller, Check, Checks, Failure, Resource, RestOperation};

use super::Service;
use super::get_event_source_mapping::Input as Named;
use super::mapping_members::{MappingMembers, check_world};
use super::mapping_shapes::MappingConfiguration;
use super::rules;
use super::target::Target;
use crate::mapping::{Phase, lasting};
use crate::standing::Standing;
use crate::{Error, Functions, Result};

pub(super) struct UpdateEventSourceMapping;

impl RestOperation for UpdateEventSourceMapping {
    const NAME: &str = "UpdateEventSourceMapping";
    const ACTION: &str = "lambda:UpdateEventSourceMapping";
    const AUDITED: &[&str] = super::mapping_shapes::AUDITED;
    const ANSWERED: &[&str] = super::mapping_shapes::ANSWERED;
    const METHOD: Method = Method::Put;
    const PATH: &str = "/2015-03-31/event-source-mappings/{UUID}";
    const STATUS: u16 = 202;
    const DIFFERS: &str = "As CreateEventSourceMapping about members. A mapping that is disabled finishes \
        the batches in hand first.";
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Output = Json<MappingConfiguration>;
    type Error = Error;

    async fn resources(
        functions: &Service,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        let mut resources = vec![input.named.resource(functions, caller, Self::ACTION)];
        resources.extend(input.led_elsewhere(functions, caller));
        resources.extend(input.members.places_asked(functions, caller));
        Ok(resources)
    }

    async fn run(
        functions: &Service,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output> {
        let place = (caller.account, &caller.region);
        let id = input.named.id()?;
        let before = functions.mapping(place.0, place.1, id)?;
        let (function, found) = match &input.members.function_name {
            None => (None, functions.find(&before.facts.function_arn()).ok()),
            Some(_) => {
                let named = input.target().own(caller)?;
                let found = functions.find(&named)?;
                (Some(named), Some(found))
            }
        };
        let read = &before.facts.source.name;
        let target = input.members.target(functions, caller, read)?;
        let on_failure = input.members.on_failure(functions, caller, read)?;
        let filters = input.members.filters()?;
        let enabled = input.members.enabled;
        let changed = functions.reattach(place, id, |facts| {
            input.members.put(&mut facts.knobs)?;
            if let Some(function) = &found {
                check_world(&facts.knobs, function)?;
            }
            if let Some(named) = function {
                facts.qualifier = lasting(&named);
                facts.function = named.function.name;
            }
            if let Some(filters) = filters {
                facts.filters = filters;
            }
            if let Some(target) = target {
                facts.target = target;
            }
            if let Some(on_failure) = on_failure {
                facts.on_failure = on_failure;
            }
            match enabled {
                None => {}
                Some(Flag(true)) => facts.phase = Phase::Enabled,
                Some(Flag(false)) => facts.phase = Phase::Disabled,
            }
            Ok(())
        });
        let mapping = changed.await?;
        let standing = Standing::between(before.facts.phase, mapping.facts.phase);
        Ok(Json(MappingConfiguration::standing(functions, &mapping, standing)))
    }
}

#[derive(Debug)]
pub(super) struct Input<'a> {
    named: Named<'a>,
    members: MappingMembers<'a>,
}

impl<'a> FromRequest<'a> for Input<'a> {
    fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        Ok(Self { named: Named::from_request(request)?, members: request.json()? })
    }
}

impl Input<'_> {
    fn target(&self) -> Target<'_> {
        Target::new(&self.members.function_name)
    }

    /// What the policy is asked about the mapping as one to the function that it is to lead to: a condition for the
    /// function is for that, too.
    fn led_elsewhere(&self, functions: &Functions, caller: &Caller) -> Option<Resource> {
        let named = self.members.function_name.as_ref().and_then(|_| self.target().arn(caller))?;
        let id = self.named.id().ok()?;
        let mapping = functions.mapping(caller.account, &caller.region, id).ok()?;
        let mut facts = mapping.facts.clone();
        facts.qualifier = lasting(&named);
        facts.function = named.function.name;
        let is_other = facts.function_arn() != mapping.facts.function_arn();
        is_other.then(|| facts.asked(UpdateEventSourceMapping::ACTION))
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        self.named.check(checks);
        let function = self.members.function_name.as_ref().map(Text::as_str);
        checks.text("functionName", function, rules::NAMESPACED_FUNCTION);
        self.members.check(checks);
    }
}
