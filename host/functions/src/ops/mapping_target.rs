//! The mapping that a call is about, by its UUID.

use domain::MappingId;
use wire::shape::Text;
use wire::{Caller, Resource};

use crate::error::Missing;
use crate::{Error, Functions, Result};

/// What the policy is asked about the mapping that a member names, with its tags.
pub(super) fn mapping_asked(
    functions: &Functions,
    caller: &Caller,
    action: &'static str,
    uuid: Option<&Text<'_>>,
) -> Resource {
    match mapping_id(uuid) {
        Ok(id) => asked_of(functions, caller, action, id),
        // It names nothing, and the call will fail, for whoever may do this at all.
        Err(_) => Resource::any(action),
    }
}

/// What the policy is asked about a mapping of the caller.
pub(super) fn asked_of(
    functions: &Functions,
    caller: &Caller,
    action: &'static str,
    id: MappingId,
) -> Resource {
    let Caller { account, region, .. } = caller;
    match functions.mapping(*account, region, id) {
        Ok(mapping) => mapping.facts.asked(action),
        Err(_) => Resource::new(action, id.arn(region, *account)),
    }
}

/// The id of a mapping; a text that is none is that of no mapping.
pub(super) fn mapping_id(uuid: Option<&Text<'_>>) -> Result<MappingId> {
    let text = uuid.map_or("", Text::as_str);
    text.parse().map_err(|_invalid| Error::NotFound(Missing::Mapping))
}
