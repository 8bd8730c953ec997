//! What of a request goes into the audit trail, and when it is answered: after its event is durable.
//!
//! Every call of somebody whose signature held is an event if its operation is one of a kind that the trail
//! takes; whatever is refused is one in any case. A client that goes away does not take its event with it.

use std::sync::{Arc, OnceLock};

use domain::Region;
use identity::sigv4::Presented;
use identity::trail::{Event, Events, Happened, Owner, Slot, Trail, Who, event_name};
use wire::{Caller, Failure, Info, Notes, Origin};

use crate::admit::Answered;

/// What becomes known of one request on its way.
pub(crate) struct Watch<'a> {
    trail: &'a Arc<Trail>,
    service: &'static str,
    info: &'a Info,
    found: OnceLock<&'a Info>,
    host: &'a str,
    origin: Origin,
    request_id: &'a str,
    claim: OnceLock<(String, Option<Region>)>,
    caller: OnceLock<Caller>,
    notes: OnceLock<Notes>,
    slot: OnceLock<Slot>,
}

/// Where a request came from, and what it asked for.
pub(crate) struct Around<'a> {
    pub(crate) service: &'static str,
    pub(crate) info: &'a Info,
    pub(crate) host: &'a str,
    pub(crate) origin: Origin,
    pub(crate) request_id: &'a str,
}

impl<'a> Watch<'a> {
    pub(crate) fn over(trail: &'a Arc<Trail>, around: Around<'a>) -> Self {
        let Around { service, info, host, origin, request_id } = around;
        let (claim, caller) = (OnceLock::new(), OnceLock::new());
        let (notes, slot) = (OnceLock::new(), OnceLock::new());
        let found = OnceLock::new();
        Self { trail, service, info, found, host, origin, request_id, claim, caller, notes, slot }
    }

    /// The operation, where only the body told it.
    pub(crate) fn found(&self, info: &'a Info) {
        let _ = self.found.set(info);
    }

    fn info(&self) -> &'a Info {
        self.found.get().copied().unwrap_or(self.info)
    }

    /// Whom the head claims to come from.
    pub(crate) fn claimed(&self, presented: &Presented) {
        let key = presented.access_key_id().to_owned();
        let _ = self.claim.set((key, presented.region().parse().ok()));
    }

    /// The signature held: nothing of the call happens before there is room for its event.
    pub(crate) async fn begin(&self, caller: Caller) -> Result<(&Caller, &Notes), Failure> {
        let caller = self.caller.get_or_init(|| caller);
        let kind = self.info().trail;
        let is_event = self.trail.takes(kind);
        let notes = self.notes.get_or_init(|| Notes::of(is_event));
        if !is_event {
            return Ok((caller, notes));
        }
        let slot = match self.trail.reserve().await {
            Ok(slot) => Some(slot),
            Err(_unwritten) if kind.is_read_only() => self.trail.try_reserve(),
            Err(unwritten) => return Err(closed(unwritten)),
        };
        if let Some(slot) = slot {
            let _ = self.slot.set(slot);
        }
        Ok((caller, notes))
    }

    /// The call has ended: its event is made durable, and only then it is answered.
    pub(crate) async fn settle(
        &mut self,
        outcome: Result<Answered, Failure>,
    ) -> Result<Answered, Failure> {
        let failure = outcome.as_ref().err();
        let Some(caller) = self.caller.get() else {
            if let Some(failure) = failure {
                self.trail.note(self.event(self.stranger(), Some(failure), false));
            }
            return outcome;
        };
        let kind = self.info().trail;
        let event = |failure| self.event(Who::Caller(caller), failure, false);
        if !self.trail.takes(kind) {
            if failure.is_some() {
                self.trail.note(event(failure));
            }
            return outcome;
        }
        let owner = Owner::Account(caller.account);
        let event = event(failure);
        let Some(slot) = self.slot.take() else {
            self.trail.lose(owner);
            return outcome;
        };
        match (self.trail.write(self.all_of(event), slot).await, outcome) {
            // It was done, but nobody may rely on it before its event is durable.
            (Err(unwritten), Ok(_)) if !kind.is_read_only() => Err(Failure::internal(unwritten)),
            (Ok(()) | Err(_), outcome) => outcome,
        }
    }

    /// The event, and a copy for the account that let the caller in.
    fn all_of(&self, event: Event) -> Events {
        match self.notes.get().and_then(Notes::host) {
            Some(host) => {
                let (shared, copy) = (self.trail.event_id(), self.trail.event_id());
                Events::shared(event, host, &shared, &copy)
            }
            None => event.into(),
        }
    }

    fn stranger(&self) -> Who<'_> {
        let claim = self.claim.get();
        Who::Stranger {
            access_key_id: claim.map(|(key, _)| &**key),
            region: claim.and_then(|(_, region)| region.as_ref()),
            origin: &self.origin,
            request_id: self.request_id,
        }
    }

    fn event(&self, who: Who<'_>, failure: Option<&Failure>, is_open: bool) -> Event {
        let happened = Happened {
            who,
            service: self.service,
            name: &event_name(self.info()),
            trail: self.info().trail,
            notes: self.notes.get(),
            failure,
            is_open,
            host: self.host,
        };
        Event::of(&happened, self.trail.event_id())
    }
}

impl Drop for Watch<'_> {
    /// The client went away while the call ran: nobody knows yet what becomes of it.
    fn drop(&mut self) {
        if let (Some(slot), Some(caller)) = (self.slot.take(), self.caller.get()) {
            let event = self.event(Who::Caller(caller), None, true);
            self.trail.leave(self.all_of(event), slot);
        }
    }
}

/// A request of nothing that there is, by somebody who signed it: whether they did is not looked at.
pub(crate) fn unknown(
    trail: &Trail,
    name: &str,
    origin: &Origin,
    request_id: &str,
    claim: &Presented,
    failure: &Failure,
) {
    let region: Option<Region> = claim.region().parse().ok();
    let happened = Happened {
        who: Who::Stranger {
            access_key_id: Some(claim.access_key_id()),
            region: region.as_ref(),
            origin,
            request_id,
        },
        service: claim.service(),
        name,
        trail: wire::Trail::Write,
        notes: None,
        failure: Some(failure),
        is_open: false,
        host: "",
    };
    trail.note(Event::of(&happened, trail.event_id()));
}

/// Nothing is changed that could not be recorded.
fn closed(unwritten: identity::trail::Unwritten) -> Failure {
    let message = "The audit trail cannot be written now, so nothing is changed. Try again.";
    let failure = Failure::caller("ServiceUnavailable", message);
    Failure { status: 503, source: Some(Box::new(unwritten)), ..failure }
}
