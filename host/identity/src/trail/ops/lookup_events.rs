//! LookupEvents: the events of the caller's account and region, the newest first.
//!
//! A token is sealed: version (1), 16 bytes of a digest of the question, and for each trail that is read its
//! owner (2 + .) and the number below which to go on (8), big-endian.

use domain::limits;
use serde::{Deserialize, Serialize};
use stdx::Bucket;
use wire::shape::{Int, List, Moment, Structure, Text};
use wire::token::Purpose;
use wire::{Caller, Check, Checks, Operation, Resource, TextRule};

use super::Service;
use crate::sigv4::body_sha256;
use crate::trail::lookup::{Attribute, Places, Seen, Wanted};
use crate::trail::record::Stored;
use crate::trail::{Error, Owner, Trail};

const TOKEN_VERSION: u8 = 1;
/// Accounts and regions whose rate is remembered; beyond, those that may call again are forgotten.
const RATES_MAX: usize = 1024;
const KEYS: [&str; 8] = {
    let mut keys = [""; 8];
    let mut at = 0;
    while at < 8 {
        keys[at] = Attribute::ALL[at].0;
        at += 1;
    }
    keys
};
const VALUE: TextRule = TextRule { min: 1, max: 2000, pattern: None };

pub(super) struct LookupEvents;

impl Operation for LookupEvents {
    const NAME: &str = "LookupEvents";
    const ACTION: &str = "cloudtrail:LookupEvents";
    const AUDITED: &[&str] = &["StartTime", "EndTime", "MaxResults"];
    const DIFFERS: &str = "Events can be looked up as soon as the call that they tell of is answered. Data events \
        and refusals are among them. The operator's account also sees requests whose signature did not hold. A \
        page may be short, or empty, although there are more. There are no insights.";
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
        trail.take_lookup(caller)?;
        let wanted = input.wanted(caller)?;
        if input.event_category.is_some() {
            return Ok(Output { events: Vec::new(), next_token: None });
        }
        let digest = digest(caller, &wanted);
        let owners = trail.visible_to(caller);
        let places = match &input.next_token {
            Some(token) => {
                let opened = trail.sealer.open(Purpose::LookupEvents, token.as_str());
                let content = opened.map_err(|_foreign| Error::Token)?.content;
                let places = places_of(&content, &digest).ok_or(Error::Token)?;
                let is_own = places.iter().all(|(owner, _)| owners.contains(owner));
                if is_own { places } else { return Err(Error::Token) }
            }
            None => trail.places(&owners, wanted.end).await?,
        };
        let max = input.max_results.and_then(|Int(max)| usize::try_from(max).ok());
        let max = max.unwrap_or(limits::AUDIT_LOOKUP_MAX);
        let found = trail.lookup(&wanted, places, max).await?;
        let content = found.next.map(|places| content(&digest, &places));
        let next_token = content.map(|content| trail.seal(Purpose::LookupEvents, &content));
        Ok(Output { events: found.events.into_iter().map(Shown::from).collect(), next_token })
    }
}

impl Trail {
    /// The trails that an account reads with LookupEvents.
    fn visible_to(&self, caller: &Caller) -> Vec<Owner> {
        let own = Owner::Account(caller.account);
        match caller.account == self.settings.operator {
            true => vec![own, Owner::Strangers],
            false => vec![own],
        }
    }

    fn take_lookup(&self, caller: &Caller) -> Result<(), Error> {
        if !self.settings.limits {
            return Ok(());
        }
        let now = self.around.clock.monotonic();
        let rate = limits::AUDIT_LOOKUPS_PER_SECOND;
        let mut rates = self.lookups.lock();
        if rates.len() >= RATES_MAX {
            rates.retain(|_, bucket| !bucket.has(rate, now));
        }
        let key = (caller.account, caller.region.clone());
        let bucket = rates.entry(key).or_insert_with(|| Bucket::full(rate, now));
        if bucket.take(1, now) { Ok(()) } else { Err(Error::Throttled) }
    }

    pub(super) fn seal(&self, purpose: Purpose, content: &[u8]) -> String {
        let nonce = self.around.entropy.bytes();
        self.sealer.seal(purpose, nonce, self.around.clock.now(), content)
    }
}

type Digest = [u8; 16];

/// What a token must be used with again.
fn digest(caller: &Caller, wanted: &Wanted) -> Digest {
    let Wanted { region, attribute, start, end } = wanted;
    let text = format!("{} {region} {attribute:?} {start:?} {end:?}", caller.account);
    let whole = body_sha256(text.as_bytes());
    std::array::from_fn(|at| whole[at])
}

pub(super) fn content(digest: &Digest, places: &Places) -> Vec<u8> {
    let mut content = vec![TOKEN_VERSION];
    content.extend_from_slice(digest);
    for (owner, number) in places {
        let owner = owner.to_string();
        let length = u16::try_from(owner.len()).unwrap_or_default();
        content.extend_from_slice(&length.to_be_bytes());
        content.extend_from_slice(owner.as_bytes());
        content.extend_from_slice(&number.to_be_bytes());
    }
    content
}

pub(super) fn places_of(content: &[u8], digest: &Digest) -> Option<Places> {
    let rest = content.strip_prefix(&[TOKEN_VERSION])?;
    let mut rest = rest.strip_prefix(digest)?;
    let mut places = Places::new();
    while let Some((length, after)) = rest.split_first_chunk() {
        let (owner, after) = after.split_at_checked(u16::from_be_bytes(*length).into())?;
        let (number, after) = after.split_first_chunk()?;
        let owner = Owner::parse(str::from_utf8(owner).ok()?)?;
        places.push((owner, u64::from_be_bytes(*number)));
        rest = after;
    }
    rest.is_empty().then_some(places)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    lookup_attributes: Option<List<Structure<LookupAttribute<'a>>, 9>>,
    start_time: Option<Moment>,
    end_time: Option<Moment>,
    #[serde(borrow)]
    event_category: Option<Text<'a>>,
    max_results: Option<Int>,
    #[serde(borrow)]
    next_token: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LookupAttribute<'a> {
    #[serde(borrow)]
    attribute_key: Option<Text<'a>>,
    #[serde(borrow)]
    attribute_value: Option<Text<'a>>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        let attributes = self.lookup_attributes.iter().flat_map(List::kept).flatten();
        for (at, Structure(attribute)) in attributes.enumerate() {
            let path = format!("lookupAttributes.{}.member", at + 1);
            let key = format!("{path}.attributeKey");
            checks.required(&key, attribute.attribute_key.as_ref());
            checks.choice(&key, attribute.attribute_key.as_ref().map(Text::as_str), &KEYS);
            let value = format!("{path}.attributeValue");
            checks.required(&value, attribute.attribute_value.as_ref());
            checks.text(&value, attribute.attribute_value.as_ref().map(Text::as_str), VALUE);
        }
        let category = self.event_category.as_ref().map(Text::as_str);
        checks.choice("eventCategory", category, &["insight"]);
        let max = limits::AUDIT_LOOKUP_MAX as i64;
        checks.number("maxResults", self.max_results.map(|Int(number)| number), 1, max);
    }
}

impl Input<'_> {
    fn wanted(&self, caller: &Caller) -> Result<Wanted, Error> {
        let (start, end) = (self.start_time, self.end_time);
        if start.zip(end).is_some_and(|(start, end)| start > end) {
            return Err(Error::TimeRange);
        }
        let attributes = self.lookup_attributes.as_ref();
        if attributes.is_some_and(|attributes| attributes.count() > 1) {
            let told =
                "Only one lookup attribute can be given; look for the others in what is found.";
            return Err(Error::Attributes(told));
        }
        let given = attributes.and_then(|attributes| attributes.kept().first()?.as_ref());
        let attribute = given.and_then(|Structure(given)| {
            let key = given.attribute_key.as_ref().map_or("", Text::as_str);
            let (_, key) = Attribute::ALL.into_iter().find(|(name, _)| *name == key)?;
            Some((key, given.attribute_value.as_ref().map_or("", Text::as_str).to_owned()))
        });
        if let Some((Attribute::ReadOnly, value)) = &attribute
            && !["true", "false"].contains(&&**value)
        {
            return Err(Error::Attributes("ReadOnly is looked up as true or false."));
        }
        Ok(Wanted {
            region: caller.region.clone(),
            attribute,
            start: start.map(Moment::millis),
            end: end.map(Moment::millis),
        })
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    events: Vec<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Shown {
    event_id: String,
    event_name: String,
    read_only: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_key_id: Option<String>,
    event_time: Moment,
    event_source: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    username: String,
    resources: Vec<ShownResource>,
    cloud_trail_event: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ShownResource {
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_type: Option<String>,
    resource_name: String,
}

impl From<Stored> for Shown {
    fn from(event: Stored) -> Self {
        let event_time = event.at.seconds().millis().into();
        // It was read when it was looked for.
        let seen: Option<Seen<'_>> = serde_json::from_str(&event.text).ok();
        let text = |take: fn(&Seen<'_>) -> String| seen.as_ref().map(take).unwrap_or_default();
        let resource = |it: &crate::trail::lookup::Named| ShownResource {
            resource_type: it.kind.clone(),
            resource_name: it.name().to_owned(),
        };
        let resources = seen.iter().flat_map(|seen| &seen.resources).map(resource);
        Self {
            event_id: text(|seen| seen.event_id.to_string()),
            event_name: text(|seen| seen.event_name.to_string()),
            read_only: text(|seen| seen.read_only.to_string()),
            access_key_id: seen.as_ref().and_then(|it| it.user_identity.access_key_id.clone()),
            event_time,
            event_source: text(|seen| seen.event_source.to_string()),
            username: text(|seen| seen.user_name()),
            resources: resources.collect(),
            cloud_trail_event: event.text.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_they_were_written_and_for_the_same_question_only() {
        let places =
            vec![(Owner::Account("123456789012".parse().unwrap()), 7), (Owner::Strangers, 9)];
        let written = content(&[3; 16], &places);
        assert_eq!(places_of(&written, &[3; 16]), Some(places));
        assert_eq!(places_of(&written, &[4; 16]), None);
        for cut in 1..written.len() {
            let read = places_of(&written[..cut], &[3; 16]);
            assert!(read.is_none_or(|places| places.len() < 2), "{cut}");
        }
    }
}
