//! What is told of one call: an event, and a copy of it for the account that let the caller in.

use domain::AccountId;
use serde_json::json;

use super::{Event, Owner};

/// Events of one call.
pub(super) const EVENTS_MAX: usize = 2;

/// The events of one call.
#[derive(Clone, Debug, PartialEq)]
pub struct Events {
    pub(super) event: Event,
    pub(super) copy: Option<Event>,
}

impl From<Event> for Events {
    fn from(event: Event) -> Self {
        Self { event, copy: None }
    }
}

impl Events {
    /// The event of a call that was let in to something of `host`, and a copy for it. As on AWS, both have a
    /// `sharedEventID`, and the copy tells neither the key nor the ARN of whoever asked.
    pub fn shared(mut event: Event, host: AccountId, shared_id: &str, copy_id: &str) -> Self {
        event.put("sharedEventID", shared_id.into());
        let mut copy = Event { owner: Owner::Account(host), ..event.clone() };
        copy.put("eventID", copy_id.into());
        copy.put("recipientAccountId", host.to_string().into());
        let who = &event.members["userIdentity"];
        let stranger = json!({
            "type": "AWSAccount",
            "principalId": who["principalId"],
            "accountId": who["accountId"],
        });
        copy.put("userIdentity", stranger);
        Self { event, copy: Some(copy) }
    }
}
