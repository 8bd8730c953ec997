//! What a call tells about itself on its way, for whoever makes an event of it.

use std::sync::OnceLock;

use domain::AccountId;

use super::Members;
use crate::{Caller, Failure, Reply, Resource};

/// Resources that are noted at most: no operation has as many, but a hostile input might.
const RESOURCES_MAX: usize = 16;

/// Filled while the call runs. Of a call that is no event, something is noted only if it fails.
#[derive(Debug, Default)]
pub struct Notes {
    is_event: bool,
    parameters: OnceLock<Members>,
    answer: OnceLock<Members>,
    resources: OnceLock<Vec<String>>,
    host: OnceLock<AccountId>,
}

impl Notes {
    /// Notes of a call that is an event whatever comes of it, or only if it fails.
    pub fn of(is_event: bool) -> Self {
        Self { is_event, ..Self::default() }
    }

    /// The members that it came with; nothing if they were not read.
    pub fn parameters(&self) -> Option<&Members> {
        self.parameters.get()
    }

    /// The members of its answer.
    pub fn answer(&self) -> Option<&Members> {
        self.answer.get()
    }

    /// The ARNs of what it is about.
    pub fn resources(&self) -> &[String] {
        self.resources.get().map_or(&[], Vec::as_slice)
    }

    /// The account that let the caller in to something of its own, if that is another one than the caller's.
    pub fn host(&self) -> Option<AccountId> {
        self.host.get().copied()
    }

    /// The input was read.
    pub(crate) fn begin(&self, parameters: impl FnOnce() -> Members) {
        if self.is_event {
            let _ = self.parameters.set(parameters());
        }
    }

    /// The policy said yes to all of it. What is of another account and has a policy was opened to the caller by it.
    pub(crate) fn allowed(&self, caller: &Caller, resources: &[Resource]) {
        if self.is_event {
            self.set_resources(resources);
        }
        let opened = resources.iter().filter(|resource| resource.policy.is_some());
        let mut owners = opened.filter_map(Resource::account);
        if let Some(host) = owners.find(|owner| self.is_event && *owner != caller.account) {
            let _ = self.host.set(host);
        }
    }

    /// The policy said no to the last of these. What would have been asked about next is not noted: it may reveal what the
    /// caller may not know.
    pub(crate) fn denied(&self, resources: &[Resource]) {
        self.set_resources(resources);
    }

    /// It ended.
    pub(crate) fn end(
        &self,
        outcome: &Result<Reply, Failure>,
        parameters: impl FnOnce() -> Members,
        answer: impl FnOnce(&Reply) -> Members,
    ) {
        match outcome {
            Ok(reply) if self.is_event => {
                let _ = self.answer.set(answer(reply));
            }
            Ok(_) => {}
            // Set already if it is an event.
            Err(_) => {
                let _ = self.parameters.get_or_init(parameters);
            }
        }
    }

    fn set_resources(&self, resources: &[Resource]) {
        let mut arns: Vec<String> = Vec::new();
        // Several actions may be asked about one resource.
        for Resource { arn, .. } in resources.iter().filter(|resource| resource.arn != "*") {
            let arn = super::cut(arn);
            if arns.len() < RESOURCES_MAX && !arns.contains(&arn) {
                arns.push(arn);
            }
        }
        let _ = self.resources.set(arns);
    }
}
