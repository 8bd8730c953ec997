//! Which functions and mappings there are, in memory and as facts.

mod function_fact;
mod functions;
mod mapping_fact;
mod mappings;
mod policy_fact;
#[cfg(test)]
mod tests;

pub(crate) use functions::{FunctionChange, FunctionIndex};
pub(crate) use mappings::{MappingChange, MappingIndex};
