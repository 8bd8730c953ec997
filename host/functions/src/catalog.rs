//! Which functions and mappings there are, in memory and as facts.

mod destination_fact;
mod event_config_fact;
mod event_configs;
mod function_change;
mod function_fact;
mod functions;
mod mapping_fact;
mod mappings;
mod policy_fact;
#[cfg(test)]
mod tests;
mod version_fact;

pub(crate) use destination_fact::{put_function, take_function};
pub(crate) use event_configs::{EventConfigChange, EventConfigIndex};
pub(crate) use function_change::{Beside, FunctionChange};
pub(crate) use functions::FunctionIndex;
pub(crate) use mappings::{MappingChange, MappingIndex};
