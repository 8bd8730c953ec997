//! Tags of functions and mappings as calls bring and are told them, and the members that name what is tagged.

use std::collections::BTreeMap;

use domain::{AccountId, ArnParts, FunctionName, FunctionRef, MappingId, Region, limits};
use wire::shape::{Tags, Text};
use wire::{Caller, Checks, Pattern, Resource, TextRule};

use super::Service;
use super::mapping_target::asked_of;
use super::target::Target;
use crate::error::{Invalid, Missing};
use crate::{Error, Functions, Result};

/// What the operations on tags differ by from AWS's.
pub(super) const DIFFERS: &str = "Functions and event source mappings are the only resources that have tags; the ARNs of others are refused.";

/// The ARN of what AWS lets tag (Lambda model, `TaggableResource`).
const TAGGABLE: TextRule = TextRule {
    min: 1,
    max: 10_000,
    pattern: Some(Pattern {
        text: r"arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|(capacity-provider|network-connector):[a-zA-Z0-9-_]{1,64})",
        matches: is_taggable,
    }),
};

/// What of AWS's could be tagged, beside functions and mappings.
const OTHERS: [&str; 3] = ["code-signing-config", "capacity-provider", "network-connector"];

fn is_taggable(text: &str) -> bool {
    let is_function = || text.starts_with("arn:") && text.parse::<FunctionRef>().is_ok();
    is_other(text) || mapping(text).is_some() || is_function()
}

/// The account, the region and the id of the mapping with this ARN.
fn mapping(text: &str) -> Option<(AccountId, Region, MappingId)> {
    let parts = ArnParts::of(text).filter(|it| it.partition == "aws" && it.service == "lambda")?;
    let id = parts.resource.strip_prefix("event-source-mapping:")?;
    Some((parts.owner()?, parts.region.parse().ok()?, id.parse().ok()?))
}

/// What has tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// A function of the caller; it need not exist.
    Function(FunctionName),
    /// A mapping of the caller; it need not exist.
    Mapping(MappingId),
}

/// Whether it is the ARN of something that has no tags here.
fn is_other(text: &str) -> bool {
    let parts = ArnParts::of(text).filter(|parts| parts.service == "lambda");
    let Some((kind, id)) = parts.and_then(|parts| parts.resource.split_once(':')) else {
        return false;
    };
    OTHERS.contains(&kind)
        && !id.is_empty()
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// The member that names what is tagged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tagged<'i>(pub(super) &'i Option<Text<'i>>);

impl Tagged<'_> {
    pub(super) fn check(self, checks: &mut Checks) {
        checks.required("resource", self.0.as_ref());
        checks.text("resource", self.0.as_ref().map(Text::as_str), TAGGABLE);
    }

    /// What the policy is asked about.
    pub(super) fn asked(
        self,
        functions: &Service,
        caller: &Caller,
        action: &'static str,
    ) -> Resource {
        match self.0.as_ref().and_then(|text| mapping(text.as_str())) {
            Some((account, region, id))
                if (account, &region) == (caller.account, &caller.region) =>
            {
                asked_of(functions, caller, action, id)
            }
            // Of other accounts and regions nothing is looked up.
            Some((account, region, id)) => Resource::new(action, id.arn(&region, account)),
            None => Target::new(self.0).resource(functions, caller, action),
        }
    }

    /// What is meant. Versions and aliases have no tags.
    pub(super) fn subject(self, caller: &Caller) -> Result<Subject> {
        let text = self.0.as_ref().map_or("", Text::as_str);
        if let Some((account, region, id)) = mapping(text) {
            let is_own = (account, &region) == (caller.account, &caller.region);
            let missing = Error::NotFound(Missing::Mapping);
            return is_own.then_some(Subject::Mapping(id)).ok_or(missing);
        }
        if is_other(text) {
            let what = "Tagging anything but a function or an event source mapping";
            let instead = "use arn:aws:lambda:<region>:<account>:function:<name>";
            return Err(Invalid::Unsupported { what, instead }.into());
        }
        Target::new(self.0).unqualified_name(caller).map(Subject::Function)
    }
}

impl Subject {
    /// Changes its tags.
    pub(super) async fn change(
        self,
        functions: &Functions,
        caller: &Caller,
        change: impl FnOnce(&mut Vec<(String, String)>) -> Result<()>,
    ) -> Result<()> {
        let place = (caller.account, &caller.region);
        match self {
            Self::Function(name) => {
                let noted = functions.note(place, &name, |_, facts| change(&mut facts.tags));
                noted.await.map(drop)
            }
            Self::Mapping(id) => {
                let noted = functions.note_mapping(place, id, |facts| change(&mut facts.tags));
                noted.await
            }
        }
    }
}

/// The tags that a call brings, for the question to the policy: nothing is checked yet.
pub(super) fn pairs<'t>(tags: Option<&'t Tags<'_>>) -> impl Iterator<Item = (&'t str, &'t str)> {
    let kept = tags.into_iter().flat_map(Tags::kept);
    kept.map(|(key, value)| (key.as_str(), value.as_str()))
}

/// The tags that a call brings, by key, if they can be such.
pub(super) fn owned(tags: Option<Tags<'_>>) -> Result<Vec<(String, String)>> {
    let tags = tags.unwrap_or_default();
    if tags.count() > limits::FUNCTION_TAGS_MAX {
        return Err(TOO_MANY.into());
    }
    let allowed =
        |char: char| char.is_alphanumeric() || char.is_whitespace() || "_.:/=+-@".contains(char);
    let fits = |text: &Text<'_>, min: usize, max: usize| {
        let length = text.as_str().encode_utf16().count();
        (min..=max).contains(&length) && text.as_str().chars().all(allowed)
    };
    if !tags.kept().iter().all(|(key, value)| fits(key, 1, 128) && fits(value, 0, 256)) {
        let told = "Tag keys have 1 to 128 and tag values up to 256 characters: letters, digits, white space, \
                    _ . : / = + - @.";
        return Err(Invalid::Tags(told).into());
    }
    if tags.kept().iter().any(|(key, _)| domain::tag::is_reserved(key.as_str())) {
        return Err(Invalid::Tags("Tag keys that begin with aws: are reserved.").into());
    }
    let owned = |(key, value): (Text<'_>, Text<'_>)| (key.0.into_owned(), value.0.into_owned());
    let mut tags: Vec<_> = tags.into_kept().into_iter().map(owned).collect();
    tags.sort_unstable();
    Ok(tags)
}

const TOO_MANY: Invalid = Invalid::Tags("A resource can have at most 50 tags.");

/// Puts tags to those that there are, in the place of those with the same keys.
pub(super) fn add(to: &mut Vec<(String, String)>, more: Vec<(String, String)>) -> Result<()> {
    let mut merged: BTreeMap<_, _> = std::mem::take(to).into_iter().collect();
    merged.extend(more);
    if merged.len() > limits::FUNCTION_TAGS_MAX {
        return Err(TOO_MANY.into());
    }
    to.extend(merged);
    Ok(())
}

/// Tags as they are told.
pub(super) fn shown(tags: &[(String, String)]) -> BTreeMap<String, String> {
    tags.iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_tagged_is_told_by_its_arn() {
        for arn in [
            "arn:aws:lambda:us-east-1:123456789012:function:f",
            "arn:aws:lambda:us-east-1:123456789012:function:f:live",
            "arn:aws:lambda:us-east-1:123456789012:event-source-mapping:0a1b2c3d-0000-4fff-8123-0123456789ab",
            "arn:aws:lambda:us-east-1:123456789012:capacity-provider:a-1",
        ] {
            assert!(is_taggable(arn), "{arn}");
        }
        for arn in [
            "f",
            "123456789012:function:f",
            "arn:aws:lambda:us-east-1:123456789012:layer:l",
            "arn:aws:sqs:us-east-1:123456789012:event-source-mapping:0a1b2c3d-0000-4fff-8123-0123456789ab",
            "arn:aws:lambda:us-east-1:123456789012:event-source-mapping:a-1",
            "arn:aws:lambda:us-east-1:123456789012:capacity-provider:",
        ] {
            assert!(!is_taggable(arn), "{arn}");
        }
    }

    #[test]
    fn tags_replace_those_of_their_keys() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let mut tags = vec![pair("a", "1"), pair("c", "3")];
        add(&mut tags, vec![pair("b", "2"), pair("c", "4")]).unwrap();
        assert_eq!(tags, [pair("a", "1"), pair("b", "2"), pair("c", "4")]);
        let many = (0..limits::FUNCTION_TAGS_MAX).map(|at| pair(&format!("k{at}"), "")).collect();
        assert!(add(&mut tags, many).is_err());
    }
}
