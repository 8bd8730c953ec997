//! Members that several operations share, and their constraints as KMS's model prints them.

use std::sync::Arc;

use domain::{AccountId, limits};
use serde::{Deserialize, Serialize};
use wire::shape::{Int, List, Map, Moment, Text};
use wire::{Caller, Check, Checks, Pattern, Resource, TextRule};

use crate::kms::facts::alias_arn;
use crate::kms::{Context, Error, Key, Keys, Manager, State};

const fn pattern(text: &'static str, matches: fn(&str) -> bool) -> Option<Pattern> {
    Some(Pattern { text, matches })
}

/// A key, by any of its names.
pub(super) const KEY_ID: TextRule = TextRule { min: 1, max: 2048, pattern: None };
/// An alias.
pub(super) const ALIAS_NAME: TextRule = TextRule {
    min: 1,
    max: 256,
    pattern: pattern("^[a-zA-Z0-9:/_-]+$", |text| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b":/_-".contains(&byte);
        !text.is_empty() && text.bytes().all(allowed)
    }),
};
/// Where a page begins.
const MARKER: TextRule = TextRule { min: 1, max: 1024, pattern: None };
/// What an owner notes.
pub(super) const DESCRIPTION: TextRule = TextRule { min: 0, max: 8192, pattern: None };
/// A policy.
pub(super) const POLICY: TextRule = TextRule { min: 1, max: 131_072, pattern: None };
/// The algorithms that encrypt, in AWS's order.
const ALGORITHMS: [&str; 4] =
    ["SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "SM2PKE"];
/// The one that is here.
pub(super) const ALGORITHM: &str = ALGORITHMS[0];

/// An encryption context as it comes.
pub(super) type Pairs<'a> = Map<'a, Text<'a>, { limits::ENCRYPTION_CONTEXT_MAX + 1 }>;
/// Tags as they come.
pub(super) type TagList<'a> = List<Tag<'a>, { limits::KEY_TAGS_MAX + 1 }>;

/// A tag as it comes.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag<'a> {
    #[serde(borrow)]
    tag_key: Option<Text<'a>>,
    #[serde(borrow)]
    tag_value: Option<Text<'a>>,
}

/// The input of operations that only name a key.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct KeyInput<'a> {
    #[serde(borrow)]
    pub(super) key_id: Option<Text<'a>>,
}

impl Check for KeyInput<'_> {
    fn check(&self, checks: &mut Checks) {
        check_key(checks, self.key_id.as_ref());
    }
}

/// A text that may be missing.
pub(super) fn text<'t>(member: &'t Option<Text<'_>>) -> &'t str {
    member.as_ref().map_or("", Text::as_str)
}

/// The key that a call must name.
pub(super) fn check_key(checks: &mut Checks, key: Option<&Text<'_>>) {
    checks.required("keyId", key);
    checks.text("keyId", key.map(Text::as_str), KEY_ID);
}

/// How much of a listing is wanted.
pub(super) fn check_page(checks: &mut Checks, limit: Option<Int>, marker: Option<&Text<'_>>) {
    let limit = limit.map(|Int(limit)| limit);
    checks.number("limit", limit, 1, limits::LIST_KEYS_PAGE_MAX as i64);
    checks.text("marker", marker.map(Text::as_str), MARKER);
}

/// How many a page has.
pub(super) fn page(limit: Option<Int>) -> usize {
    let asked = limit.and_then(|Int(limit)| usize::try_from(limit).ok());
    asked.unwrap_or(limits::LIST_KEYS_PAGE)
}

/// The algorithm that a call names.
pub(super) fn check_algorithm(checks: &mut Checks, algorithm: Option<&Text<'_>>) {
    checks.choice("encryptionAlgorithm", algorithm.map(Text::as_str), &ALGORITHMS);
}

/// Whether the algorithm is one of keys that are here.
pub(super) fn only_symmetric(algorithm: &Option<Text<'_>>) -> Result<(), Error> {
    match text(algorithm) {
        "" | ALGORITHM => Ok(()),
        _ => Err(Error::Unsupported {
            what: "An algorithm of asymmetric keys",
            instead: "all keys are symmetric",
        }),
    }
}

/// The encryption context of a call.
pub(super) fn context(pairs: Option<&Pairs<'_>>) -> Result<Context, Error> {
    let Some(pairs) = pairs else { return Ok(Context::new()) };
    if pairs.count() > limits::ENCRYPTION_CONTEXT_MAX {
        return Err(Error::Invalid("EncryptionContext has too many pairs."));
    }
    let pairs = pairs.kept().iter();
    Ok(pairs.map(|(key, value)| (key.0.to_string(), value.0.to_string())).collect())
}

/// The tags of a call, by key.
pub(super) fn tags(tags: Option<&TagList<'_>>) -> Result<Vec<(String, String)>, Error> {
    let Some(tags) = tags else { return Ok(Vec::new()) };
    if tags.count() > limits::KEY_TAGS_MAX {
        return Err(Error::Tag("Too many tags"));
    }
    let mut all = std::collections::BTreeMap::new();
    for tag in tags.kept().iter().flatten() {
        let (key, value) = (text(&tag.tag_key), text(&tag.tag_value));
        let (key_chars, value_chars) = (key.encode_utf16().count(), value.encode_utf16().count());
        if !(1..=128).contains(&key_chars) || value_chars > 256 {
            return Err(Error::Tag(
                "A tag has a key of 1 to 128 and a value of up to 256 characters",
            ));
        }
        if domain::tag::is_reserved(key) {
            return Err(Error::Tag("Tags beginning with aws: are reserved"));
        }
        if all.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(Error::Tag("Duplicate tag keys"));
        }
    }
    Ok(all.into_iter().collect())
}

/// The tags of a call, for the question to the policy: nothing is checked yet.
pub(super) fn brought<'t>(
    tags: Option<&'t TagList<'_>>,
) -> impl Iterator<Item = (&'t str, &'t str)> {
    let kept = tags.into_iter().flat_map(List::kept).flatten();
    kept.map(|tag| (text(&tag.tag_key), text(&tag.tag_value)))
}

/// What policies are asked about a key. One of another account is as good as absent unless its ARN is given and it has a
/// policy that decides about the action.
pub(super) fn resource(keys: &Keys, caller: &Caller, action: &'static str, name: &str) -> Resource {
    let asked = shared(keys, caller, name).ok().map(|key| {
        let is_own = key.account == caller.account;
        (is_own, key.asked(action, caller.account))
    });
    match asked {
        Some((is_own, asked)) if is_own || asked.policy.is_some() => asked,
        Some(_) | None => {
            Resource::new(action, keys.asked_arn(caller.account, &caller.region, name))
        }
    }
}

/// The same, of a call that brings a context.
pub(super) fn resource_with(asked: Resource, pairs: Option<&Pairs<'_>>) -> Resource {
    let pairs = || pairs.into_iter().flat_map(Map::kept);
    let mut asked = pairs().fold(asked, |asked, (key, value)| {
        asked.with(format!("kms:EncryptionContext:{}", key.0), value.0.to_string())
    });
    let keys: Vec<String> = pairs().map(|(key, _)| key.0.to_string()).collect();
    if !keys.is_empty() {
        asked.conditions.push(("kms:EncryptionContextKeys".to_owned(), keys));
    }
    asked
}

/// What the policy is asked about an alias.
pub(super) fn alias_resource(caller: &Caller, action: &'static str, name: &str) -> Resource {
    Resource::new(action, alias_arn(caller.account, &caller.region, name))
}

/// The key that the caller names, of its own account.
pub(super) fn own(keys: &Keys, caller: &Caller, name: &str) -> Result<Arc<Key>, Error> {
    let key = keys.find(caller.account, &caller.region, name)?;
    if key.account == caller.account { Ok(key) } else { Err(Error::NoKey(key.arn())) }
}

/// The key that the caller names, where policies were asked and said yes: by its ARN, it may be of another account.
/// What an alias of another account stands for is not told.
pub(super) fn shared(keys: &Keys, caller: &Caller, name: &str) -> Result<Arc<Key>, Error> {
    let key = keys.find(caller.account, &caller.region, name)?;
    let is_own = key.account == caller.account;
    match is_own || (key.is_found_by(caller.account) && name == key.arn()) {
        true => Ok(key),
        false => Err(Error::NoKey(key.arn())),
    }
}

/// The key that the caller names, to encrypt or decrypt with it. One that the server looks after is used through its
/// service only.
pub(super) fn usable(keys: &Keys, caller: &Caller, name: &str) -> Result<Arc<Key>, Error> {
    let key = shared(keys, caller, name)?;
    match key.manager {
        Manager::Aws => Err(Error::Managed(key.arn())),
        Manager::Customer => Ok(key),
    }
}

/// What is told of a key.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct KeyMetadata {
    #[serde(rename = "AWSAccountId")]
    aws_account_id: String,
    key_id: String,
    arn: String,
    creation_date: Moment,
    enabled: bool,
    description: String,
    key_usage: &'static str,
    key_state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    deletion_date: Option<Moment>,
    origin: &'static str,
    key_manager: &'static str,
    customer_master_key_spec: &'static str,
    key_spec: &'static str,
    encryption_algorithms: [&'static str; 1],
    multi_region: bool,
}

impl From<&Key> for KeyMetadata {
    fn from(key: &Key) -> Self {
        Self {
            aws_account_id: account(key.account),
            key_id: key.id.clone(),
            arn: key.arn(),
            creation_date: key.created.into(),
            enabled: key.state == State::Enabled,
            description: key.description.clone(),
            key_usage: "ENCRYPT_DECRYPT",
            key_state: state(key.state),
            deletion_date: deletion(key.state),
            origin: "AWS_KMS",
            key_manager: match key.manager {
                Manager::Customer => "CUSTOMER",
                Manager::Aws => "AWS",
            },
            customer_master_key_spec: ALGORITHM,
            key_spec: ALGORITHM,
            encryption_algorithms: [ALGORITHM],
            multi_region: false,
        }
    }
}

fn account(account: AccountId) -> String {
    account.to_string()
}

/// What a key can be used for, in AWS's word.
pub(super) fn state(state: State) -> &'static str {
    match state {
        State::Enabled => "Enabled",
        State::Disabled => "Disabled",
        State::PendingDeletion(_) => "PendingDeletion",
    }
}

/// When a key is destroyed, if it is.
pub(super) fn deletion(state: State) -> Option<Moment> {
    match state {
        State::PendingDeletion(at) => Some(at.into()),
        State::Enabled | State::Disabled => None,
    }
}
