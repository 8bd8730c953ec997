//! GetAuditEvents: events in the order in which they were stored, and more of them as they come. An operation of
//! our own, for `shardmill audit`: CloudTrail has none that waits, and none for whoever runs the server.
//!
//! A token is that of LookupEvents with a digest of the owners, and the numbers to go on with.

use std::time::Duration;

use domain::limits;
use serde::{Deserialize, Serialize};
use wire::shape::{Flag, Int, Moment, Text};
use wire::token::Purpose;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::Service;
use super::lookup_events::{content, places_of};
use crate::sigv4::body_sha256;
use crate::trail::lookup::Places;
use crate::trail::record::Stored;
use crate::trail::{Error, Event, Happened, Owner, Trail, Who};

/// Events of a page if not told otherwise.
const EVENTS_DEFAULT: usize = 200;
/// Events of a page at most.
const EVENTS_MAX: i64 = 1000;
/// How long a call may wait for events.
const WAIT_MS_MAX: i64 = 20_000;

pub(super) struct GetAuditEvents;

impl Operation for GetAuditEvents {
    const NAME: &str = "GetAuditEvents";
    const ACTION: &str = "shardmill:GetAuditEvents";
    const TRAIL: wire::Trail = wire::Trail::Itself;
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(
        _: &Service,
        _: &Caller,
        _: &Self::Input<'_>,
    ) -> Result<Vec<Resource>, Error> {
        Ok(vec![Resource::any(Self::ACTION)])
    }

    async fn run(
        trail: &Service,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Output, Error> {
        let scope = input.scope(trail, caller)?;
        let digest = scope.digest(caller);
        let places = match &input.next_token {
            Some(token) => {
                let opened = trail.sealer.open(Purpose::AuditEvents, token.as_str());
                let content = opened.map_err(|_foreign| Error::Token)?.content;
                places_of(&content, &digest).ok_or(Error::Token)?
            }
            None => {
                trail.note_reading(caller).await;
                trail.begin_at(&scope, input.start_time).await?
            }
        };
        let limit = input.limit.and_then(|Int(limit)| usize::try_from(limit).ok());
        let limit = limit.unwrap_or(EVENTS_DEFAULT);
        let wait = input.wait_milliseconds.and_then(|Int(ms)| u64::try_from(ms).ok());
        let wait = Duration::from_millis(wait.unwrap_or(0));
        let (events, places) = trail.follow(&scope, places, limit, wait).await?;
        let next_token = trail.seal(Purpose::AuditEvents, &content(&digest, &places));
        Ok(Output { events, next_token })
    }
}

/// Whose events are read.
#[derive(Clone, Debug)]
enum Scope {
    One(Owner),
    /// All that there are, also those that come to be.
    All,
}

impl Scope {
    fn digest(&self, caller: &Caller) -> [u8; 16] {
        let whole = body_sha256(format!("{} {self:?}", caller.account).as_bytes());
        std::array::from_fn(|at| whole[at])
    }

    fn owners(&self, trail: &Trail) -> Vec<Owner> {
        match self {
            Self::One(owner) => vec![*owner],
            Self::All => trail.owners(),
        }
    }
}

impl Trail {
    /// Reading is an event, once: the calls that go on with it would bring each other something new to read.
    async fn note_reading(&self, caller: &Caller) {
        let happened = Happened {
            who: Who::Caller(caller),
            service: "shardmill",
            name: GetAuditEvents::NAME,
            trail: wire::Trail::Read,
            notes: None,
            failure: None,
            is_open: false,
            host: "",
        };
        let event = Event::of(&happened, self.event_id());
        match self.try_reserve() {
            // That it could not be stored yet does not keep anybody from reading why.
            Some(slot) => drop(self.write(event, slot).await),
            None => self.lose(Owner::Account(caller.account)),
        }
    }

    async fn begin_at(&self, scope: &Scope, start: Option<Moment>) -> Result<Places, Error> {
        let mut places = Places::new();
        if let Some(start) = start {
            for owner in scope.owners(self) {
                places.push((owner, self.seek(owner, start.millis()).await?));
            }
        }
        Ok(places)
    }

    /// The next events; if there are none, waits for some.
    async fn follow(
        &self,
        scope: &Scope,
        places: Places,
        limit: usize,
        wait: Duration,
    ) -> Result<(Vec<Shown>, Places), Error> {
        // Before the first look: what comes after it is noticed.
        let mut stored = self.stored.subscribe();
        let mut leaving = self.leaving.subscribe();
        let mut read = self.oldest(scope, places, limit).await?;
        if wait.is_zero() {
            return Ok(read);
        }
        let unchanged = read.1.clone();
        let more = async {
            while read.0.is_empty() {
                tokio::select! {
                    changed = stored.changed() => if changed.is_err() { return Ok(read) },
                    _ = leaving.wait_for(|is_leaving| *is_leaving) => return Ok(read),
                }
                let places = read.1.clone();
                read = self.oldest(scope, places, limit).await?;
            }
            Ok(read)
        };
        let waited = tokio::time::timeout(wait, more).await;
        waited.unwrap_or(Ok((Vec::new(), unchanged)))
    }

    /// Up to `limit` events of all owners, the oldest first.
    async fn oldest(
        &self,
        scope: &Scope,
        mut places: Places,
        limit: usize,
    ) -> Result<(Vec<Shown>, Places), Error> {
        let horizon = self.around.clock.now().minus(limits::AUDIT_KEPT_MS);
        let mut read: Vec<(Owner, Stored)> = Vec::new();
        for owner in scope.owners(self) {
            let number = places.iter().find(|(of, _)| *of == owner).map_or(0, |(_, it)| *it);
            let events = self.from(owner, number, limit).await?;
            read.extend(events.into_iter().map(|event| (owner, event)));
        }
        read.sort_by_key(|(owner, event)| (event.at, *owner, event.number));
        read.truncate(limit);
        for (owner, event) in &read {
            let next = event.number + 1;
            match places.iter_mut().find(|(of, _)| of == owner) {
                Some((_, place)) => *place = next,
                None => places.push((*owner, next)),
            }
        }
        read.retain(|(_, event)| event.at >= horizon);
        let shown = read.into_iter().map(|(owner, event)| Shown {
            trail: owner.to_string(),
            number: event.number,
            time: event.at.into(),
            event: event.text,
        });
        Ok((shown.collect(), places))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    /// Whose events, if not the caller's: an account, or `strangers`. For the operator only.
    #[serde(borrow)]
    account: Option<Text<'a>>,
    /// All that there are. For the operator only.
    all_accounts: Option<Flag>,
    /// Where a page before ended.
    #[serde(borrow)]
    next_token: Option<Text<'a>>,
    /// Without a token: when to begin.
    start_time: Option<Moment>,
    /// Events at most.
    limit: Option<Int>,
    /// How long to wait if there are none.
    wait_milliseconds: Option<Int>,
}

impl Input<'_> {
    fn scope(&self, trail: &Trail, caller: &Caller) -> Result<Scope, Error> {
        let own = Owner::Account(caller.account);
        let scope = match (&self.account, self.all_accounts) {
            (_, Some(Flag(true))) => Scope::All,
            (Some(account), _) => Scope::One(Owner::parse(account.as_str()).unwrap_or(own)),
            (None, _) => Scope::One(own),
        };
        let is_own = matches!(&scope, Scope::One(owner) if *owner == own);
        let is_operator = caller.account == trail.settings.operator;
        if is_own || is_operator { Ok(scope) } else { Err(Error::NotOperator) }
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        let account = self.account.as_ref().map(Text::as_str);
        if account.is_some_and(|account| Owner::parse(account).is_none()) {
            checks.choice("account", account, &["strangers", "twelve digits"]);
        }
        let number = |it: Option<Int>| it.map(|Int(number)| number);
        checks.number("limit", number(self.limit), 1, EVENTS_MAX);
        checks.number("waitMilliseconds", number(self.wait_milliseconds), 0, WAIT_MS_MAX);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    events: Vec<Shown>,
    next_token: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Shown {
    /// The account, or `strangers`.
    trail: String,
    /// Counts the events of the trail, without gaps.
    number: u64,
    time: Moment,
    /// In CloudTrail's format.
    event: String,
}
