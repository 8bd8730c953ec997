//! Tags as calls bring and are told them: their constraints, their characters, their shapes.

use domain::limits;
use serde::Serialize;
use wire::shape::{List, Tags, Text};
use wire::{Checks, TextRule};

use super::rules;
use crate::error::{Invalid, Named};
use crate::stream::Stream;
use crate::{Error, Result};

/// What the operations on resources can be called with.
pub(super) const RESOURCES: &str =
    "Streams, consumers and queues are the only resources that there are.";

/// The key of a tag.
pub(super) const KEY: TextRule = TextRule { min: 1, max: 128, pattern: None };

/// Keys of tags: a list that keeps one more than any operation takes.
pub(super) type TagKeys<'a> = List<Text<'a>, { limits::STREAM_TAG_KEYS_MAX + 1 }>;

/// Tags that a call may bring (Kinesis model, `TagMap`); what a stream may have is fewer.
const TAGS_MAX: usize = 200;
const _: () = assert!(TAGS_MAX < Tags::KEPT);

/// The entries of a map of tags.
pub(super) fn check(checks: &mut Checks, tags: Option<&Tags<'_>>) {
    let Some(tags) = tags else { return };
    let (count, tags) = (tags.count(), tags.kept());
    let shown: Vec<String> =
        tags.iter().map(|(key, value)| format!("{}={}", key.0, value.0)).collect();
    let shown = format!("{{{}}}", shown.join(", "));
    checks.length("tags", &shown, count, 1, TAGS_MAX);
    let length = |text: &Text<'_>| text.as_str().encode_utf16().count();
    if tags.iter().any(|(key, _)| !(1..=128).contains(&length(key))) {
        let constraint = "Map keys must satisfy constraint: [Member must have length less than or \
                          equal to 128, Member must have length greater than or equal to 1]";
        checks.broken(Some(&shown), &"tags", constraint);
    }
    for (key, value) in tags.iter().filter(|(_, value)| length(value) > 256) {
        let constraint = "Map value must satisfy constraint: [Member must have length less than or \
                          equal to 256, Member must have length greater than or equal to 0]";
        let path = format!("tags.{}.member", key.0);
        checks.broken(Some(&value.0), &path, constraint);
    }
}

/// The keys of a list.
pub(super) fn check_keys(checks: &mut Checks, keys: Option<&TagKeys<'_>>) {
    let Some(keys) = keys else { return };
    let shown: Vec<&str> =
        keys.kept().iter().map(|key| key.as_ref().map_or("null", Text::as_str)).collect();
    let shown = format!("[{}]", shown.join(", "));
    checks.length("tagKeys", &shown, keys.count(), 1, limits::STREAM_TAG_KEYS_MAX);
    let fits = |key: &Text<'_>| (1..=128).contains(&key.as_str().encode_utf16().count());
    if !keys.kept().iter().all(|key| key.as_ref().is_some_and(fits)) {
        let constraint = "Member must satisfy constraint: [Member must have length less than or equal \
                          to 128, Member must have length greater than or equal to 1]";
        checks.broken(Some(&shown), &"tagKeys", constraint);
    }
}

/// The members that name a resource.
pub(super) fn check_resource(
    checks: &mut Checks,
    arn: Option<&Text<'_>>,
    stream_id: Option<&Text<'_>>,
) {
    checks.required("resourceARN", arn);
    checks.text("resourceARN", arn.map(Text::as_str), rules::RESOURCE_ARN);
    checks.text("streamId", stream_id.map(Text::as_str), rules::STREAM_ID);
}

/// The tags that a call brings, for the question to the policy: nothing is checked yet.
pub(super) fn pairs<'t>(tags: Option<&'t Tags<'_>>) -> impl Iterator<Item = (&'t str, &'t str)> {
    let kept = tags.into_iter().flat_map(Tags::kept);
    kept.map(|(key, value)| (key.as_str(), value.as_str()))
}

/// The keys that a call brings, for the question to the policy.
pub(super) fn owned_keys(keys: Option<&TagKeys<'_>>) -> Vec<String> {
    let kept = keys.into_iter().flat_map(TagKeys::kept).flatten();
    kept.map(|key| key.as_str().to_owned()).collect()
}

/// The tags that a call brings, by key, if a stream can have such.
pub(super) fn owned(
    tags: Option<Tags<'_>>,
    stream: impl FnOnce() -> Named,
) -> Result<Vec<(String, String)>> {
    let tags = tags.unwrap_or_default().into_kept();
    let keys = tags.iter().map(|(key, _)| key.as_str());
    let values = tags.iter().map(|(_, value)| value.as_str());
    if let Some(wrong) = wrong(keys, values) {
        return Err(Error::Invalid(wrong.told(true, stream())));
    }
    if tags.len() > limits::STREAM_TAGS_MAX {
        return Err(Error::Invalid(Invalid::TagCount { stream: stream() }));
    }
    let owned = |(key, value): (Text<'_>, Text<'_>)| (key.0.into_owned(), value.0.into_owned());
    let mut tags: Vec<_> = tags.into_iter().map(owned).collect();
    tags.sort_unstable();
    Ok(tags)
}

/// The keys that a call brings, if a stream can have such. Those that this one has are no question: they may
/// have been taken before there were rules for characters, and must be able to go.
pub(super) fn keys<'t>(keys: Option<&'t TagKeys<'_>>, stream: &Stream) -> Result<Vec<&'t str>> {
    keys_of(keys, &stream.facts.tags, || stream.named())
}

/// The same, of anything that has these tags.
pub(super) fn keys_of<'t>(
    keys: Option<&'t TagKeys<'_>>,
    tags: &[(String, String)],
    named: impl FnOnce() -> Named,
) -> Result<Vec<&'t str>> {
    let kept = keys.into_iter().flat_map(TagKeys::kept).flatten();
    let keys: Vec<&str> = kept.map(Text::as_str).collect();
    let has = |key: &str| tags.iter().any(|(known, _)| known == key);
    let unknown = keys.iter().copied().filter(|key| !has(key));
    match wrong(unknown, std::iter::empty()) {
        Some(wrong) => Err(Error::Invalid(wrong.told(false, named()))),
        None => Ok(keys),
    }
}

/// What is wrong with tags.
enum Wrong {
    Characters,
    Percent,
    Reserved,
}

impl Wrong {
    fn told(self, adding: bool, stream: Named) -> Invalid {
        match self {
            Self::Characters => Invalid::TagCharacters,
            Self::Percent => Invalid::TagPercent { adding, stream },
            Self::Reserved => Invalid::TagReserved { adding, stream },
        }
    }
}

/// AWS looks at all texts twice, and the second time does not find the percent sign that it named as valid
/// the first time.
fn wrong<'t>(
    mut keys: impl Iterator<Item = &'t str> + Clone,
    values: impl Iterator<Item = &'t str> + Clone,
) -> Option<Wrong> {
    let mut texts = keys.clone().chain(values);
    if texts.clone().any(|text| !text.chars().all(is_valid)) {
        return Some(Wrong::Characters);
    }
    if texts.any(|text| text.contains('%')) {
        return Some(Wrong::Percent);
    }
    keys.any(domain::tag::is_reserved).then_some(Wrong::Reserved)
}

fn is_valid(char: char) -> bool {
    let is_space = char.is_whitespace() && !char.is_control();
    char.is_alphanumeric() || is_space || "_./=+-%@:".contains(char)
}

/// A tag as listings show it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    key: String,
    value: String,
}

impl From<&(String, String)> for Tag {
    fn from((key, value): &(String, String)) -> Self {
        Self { key: key.clone(), value: value.clone() }
    }
}
