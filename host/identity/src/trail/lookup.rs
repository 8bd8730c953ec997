//! Looking events up, the newest first, as LookupEvents does.

use std::borrow::Cow;
use std::collections::VecDeque;

use domain::{Millis, Region};
use serde::Deserialize;

use super::record::Stored;
use super::{Owner, Trail, who};

/// Events read at once.
const BLOCK: usize = 256;
/// Events that one call looks at, at most: then it answers with what it has and where to go on.
const SCANNED_MAX: usize = 8 * 1024;

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// An event without one is of all.
    pub(super) region: Region,
    pub(super) attribute: Option<(Attribute, String)>,
    pub(super) start: Option<Millis>,
    pub(super) end: Option<Millis>,
}

/// What can be looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attribute {
    EventId,
    EventName,
    ReadOnly,
    Username,
    ResourceType,
    ResourceName,
    EventSource,
    AccessKeyId,
}

impl Attribute {
    /// All, in the order and words of the model.
    pub(super) const ALL: [(&'static str, Self); 8] = [
        ("EventId", Self::EventId),
        ("EventName", Self::EventName),
        ("ReadOnly", Self::ReadOnly),
        ("Username", Self::Username),
        ("ResourceType", Self::ResourceType),
        ("ResourceName", Self::ResourceName),
        ("EventSource", Self::EventSource),
        ("AccessKeyId", Self::AccessKeyId),
    ];
}

/// What of an event is looked at.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Seen<'a> {
    #[serde(borrow, rename = "eventID")]
    pub(super) event_id: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) event_name: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) event_source: Cow<'a, str>,
    pub(super) read_only: bool,
    pub(super) aws_region: Option<String>,
    #[serde(borrow)]
    pub(super) user_identity: Identity<'a>,
    #[serde(default)]
    pub(super) resources: Vec<Named>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Identity<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    user_name: Option<String>,
    principal_id: Option<String>,
    pub(super) access_key_id: Option<String>,
}

/// A resource as stored.
#[derive(Debug, Deserialize)]
pub(super) struct Named {
    #[serde(rename = "ARN")]
    arn: String,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
}

impl Named {
    /// What its owner called it: what stands behind the last slash or colon.
    pub(super) fn name(&self) -> &str {
        self.arn.rsplit(['/', ':']).next().unwrap_or(&self.arn)
    }
}

impl Seen<'_> {
    pub(super) fn user_name(&self) -> String {
        let Identity { kind, user_name, principal_id, .. } = &self.user_identity;
        who::user_name(kind, user_name.as_deref(), principal_id.as_deref())
    }

    fn has(&self, attribute: Attribute, value: &str) -> bool {
        match attribute {
            Attribute::EventId => self.event_id == value,
            Attribute::EventName => self.event_name == value,
            Attribute::ReadOnly => self.read_only == (value == "true"),
            Attribute::Username => self.user_name() == value,
            Attribute::ResourceType => {
                self.resources.iter().any(|it| it.kind.as_deref() == Some(value))
            }
            Attribute::ResourceName => {
                self.resources.iter().any(|it| it.name() == value || it.arn == value)
            }
            Attribute::EventSource => self.event_source == value,
            Attribute::AccessKeyId => self.user_identity.access_key_id.as_deref() == Some(value),
        }
    }
}

impl Wanted {
    fn takes(&self, event: &Stored, seen: &Seen<'_>) -> bool {
        let is_here = seen.aws_region.as_ref().is_none_or(|region| region == self.region.as_str());
        // Events are told to the second.
        let in_time = self.end.is_none_or(|end| event.at.seconds().millis() <= end);
        let attribute = self.attribute.as_ref();
        is_here && in_time && attribute.is_none_or(|(key, value)| seen.has(*key, value))
    }
}

/// Where to go on, by owner: below this number.
pub(super) type Places = Vec<(Owner, u64)>;

/// What one call found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) events: Vec<Stored>,
    /// Nothing if there is no more.
    pub(super) next: Option<Places>,
}

/// One owner's events, backwards.
struct Walk {
    owner: Owner,
    below: u64,
    read: VecDeque<Stored>,
    is_done: bool,
}

impl Trail {
    /// Where to begin: at the end, or at what came later than `end`.
    pub(super) async fn places(
        &self,
        owners: &[Owner],
        end: Option<Millis>,
    ) -> storage::Result<Places> {
        let mut places = Places::new();
        for owner in owners {
            let below = match end {
                // Events are stored a moment after they happened.
                Some(end) => self.seek(*owner, end.plus(60_000)).await?,
                None => self.next(*owner),
            };
            places.push((*owner, below));
        }
        Ok(places)
    }

    /// Up to `max` of the events that are wanted, the newest first.
    pub(super) async fn lookup(
        &self,
        wanted: &Wanted,
        places: Places,
        max: usize,
    ) -> storage::Result<Found> {
        let walk = |(owner, below)| Walk { owner, below, read: VecDeque::new(), is_done: false };
        let mut walks: Vec<Walk> = places.into_iter().map(walk).collect();
        let mut events = Vec::new();
        let mut scanned = 0;
        while events.len() < max && scanned < SCANNED_MAX {
            for walk in &mut walks {
                self.fill(walk, wanted.start).await?;
            }
            let newest = walks.iter_mut().filter(|walk| !walk.read.is_empty());
            let newest = newest.max_by_key(|walk| walk.read.front().map(|event| event.at));
            let Some(walk) = newest else { break };
            let Some(event) = walk.read.pop_front() else { break };
            walk.below = event.number;
            scanned += 1;
            // One that cannot be read is found by the check of the trail, not here.
            let is_wanted = serde_json::from_str::<Seen<'_>>(&event.text)
                .is_ok_and(|seen| wanted.takes(&event, &seen));
            if is_wanted {
                events.push(event);
            }
        }
        let is_over = walks.iter().all(|walk| walk.is_done && walk.read.is_empty());
        let places = || walks.iter().map(|walk| (walk.owner, walk.below)).collect();
        Ok(Found { events, next: (!is_over).then(places) })
    }

    /// Reads the next block of a walk that has none, up to the beginning or to `start`.
    async fn fill(&self, walk: &mut Walk, start: Option<Millis>) -> storage::Result<()> {
        if walk.is_done || !walk.read.is_empty() {
            return Ok(());
        }
        let block = self.before(walk.owner, walk.below, BLOCK).await?;
        let reached = block.last().map_or(0, |oldest| oldest.number);
        let horizon = self.around.clock.now().minus(domain::limits::AUDIT_KEPT_MS);
        let start = start.unwrap_or_default().max(horizon);
        let count = block.len();
        walk.read = block.into_iter().take_while(|event| event.at >= start).collect();
        walk.is_done = reached == 0 || walk.read.len() < count;
        Ok(())
    }
}
