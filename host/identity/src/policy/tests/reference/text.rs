//! Texts of the second evaluator: look-up of keys, variables, and wildcards by dynamic programming.

use super::super::{PrincipalKind, Request};

/// What a pattern is.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// Wildcards cross everything.
    Plain,
    /// No wildcards.
    Exact,
    /// No wildcards, and letters of any case. (Those of the tests have one lower case each.)
    AnyCase,
    /// Six parts; a star at the end of one of the first five crosses the colon.
    Resource,
    /// Six parts, each for itself; a star at the end of all crosses the colons that are missing.
    Arn,
}

/// All values of a key.
pub(super) fn values_of(key: &str, request: &Request<'_>) -> Vec<String> {
    let principal = request.principal;
    let key = key.to_lowercase();
    let account = principal.account.to_string();
    if let Some(tag) = key.strip_prefix("aws:principaltag/") {
        let tags = principal.tags.iter().filter(|(name, _)| name.to_lowercase() == tag);
        return tags.map(|(_, value)| value.clone()).collect();
    }
    match key.as_str() {
        "aws:username" if principal.kind == PrincipalKind::User => {
            principal.name.iter().cloned().collect()
        }
        "aws:username" => vec![],
        "aws:userid" => vec![principal.id.clone()],
        "aws:principalaccount" => vec![account],
        "aws:principaltype" => {
            let name = match principal.kind {
                PrincipalKind::Root => "Account",
                PrincipalKind::User => "User",
                PrincipalKind::Role => "AssumedRole",
            };
            vec![name.to_owned()]
        }
        "aws:principalarn" => vec![match principal.arn.split("assumed-role/").nth(1) {
            Some(rest) => {
                format!("arn:aws:iam::{account}:role/{}", rest.split('/').next().unwrap())
            }
            None => principal.arn.clone(),
        }],
        "aws:resourceaccount" if request.resource == "*" => vec![account],
        "aws:resourceaccount" => vec![request.resource.split(':').nth(4).unwrap().to_owned()],
        "aws:principalisawsservice" => vec!["false".to_owned()],
        "aws:viaawsservice" if request.context.values(&key).is_empty() => vec!["false".to_owned()],
        _ => request.context.values(&key).to_vec(),
    }
}

/// A position of a pattern: a character that stands for itself, or a wildcard that may cross colons or not.
#[derive(Clone, Copy, PartialEq)]
enum Item {
    Char(char),
    Star { crosses: bool },
    Mark { crosses: bool },
}

/// Whether the text fits the pattern; nothing if a variable has no value.
pub(super) fn fits(
    pattern: &str,
    kind: Kind,
    variables: bool,
    text: &str,
    request: &Request<'_>,
) -> Option<bool> {
    if kind == Kind::Resource && pattern == "*" {
        return Some(true);
    }
    let items = items(pattern, kind, variables, request)?;
    let text: Vec<char> = text.chars().collect();
    // fits[i][j]: the first i items describe the first j characters.
    let mut fits = vec![vec![false; text.len() + 1]; items.len() + 1];
    fits[0][0] = true;
    for i in 1..=items.len() {
        for j in 0..=text.len() {
            let last = if j > 0 { Some(text[j - 1]) } else { None };
            fits[i][j] = match items[i - 1] {
                Item::Char(char) => {
                    last.is_some_and(|last| is_same(last, char, kind)) && fits[i - 1][j - 1]
                }
                Item::Mark { crosses } => {
                    last.is_some_and(|last| crosses || last != ':') && fits[i - 1][j - 1]
                }
                Item::Star { crosses } => {
                    fits[i - 1][j]
                        || (last.is_some_and(|last| crosses || last != ':') && fits[i][j - 1])
                }
            };
        }
    }
    Some(fits[items.len()][text.len()])
}

fn is_same(one: char, other: char, kind: Kind) -> bool {
    let lower = |char: char| char.to_lowercase().next();
    one == other || (kind == Kind::AnyCase && lower(one) == lower(other))
}

fn items(pattern: &str, kind: Kind, variables: bool, request: &Request<'_>) -> Option<Vec<Item>> {
    let chars: Vec<char> = pattern.chars().collect();
    let has_wildcards = !matches!(kind, Kind::Exact | Kind::AnyCase);
    let mut items = Vec::new();
    let mut colons = 0;
    let mut at = 0;
    while at < chars.len() {
        let in_parts = matches!(kind, Kind::Resource | Kind::Arn) && colons < 5;
        let rest: String = chars[at..].iter().collect();
        if variables && rest.starts_with("${") {
            let end = rest.find('}').unwrap();
            let value = variable(&rest[2..end], request)?;
            if in_parts && value.contains(':') {
                return None;
            }
            items.extend(value.chars().map(Item::Char));
            at += rest[..=end].chars().count();
            continue;
        }
        let ends_part = at + 1 == chars.len() || chars[at + 1] == ':';
        let crosses = !in_parts || at + 1 == chars.len() || (kind == Kind::Resource && ends_part);
        items.push(match chars[at] {
            '*' if has_wildcards => Item::Star { crosses },
            '?' if has_wildcards => Item::Mark { crosses: !in_parts },
            char => Item::Char(char),
        });
        if chars[at] == ':' {
            colons += 1;
        }
        at += 1;
    }
    Some(items)
}

fn variable(inside: &str, request: &Request<'_>) -> Option<String> {
    if ["*", "?", "$"].contains(&inside) {
        return Some(inside.to_owned());
    }
    let (key, default) = match inside.split_once(',') {
        Some((key, default)) => (key, Some(default.trim().trim_matches('\'').to_owned())),
        None => (inside, None),
    };
    let values = values_of(key, request);
    match values.len() {
        0 => default,
        1 => Some(values[0].clone()),
        _ => None,
    }
}
