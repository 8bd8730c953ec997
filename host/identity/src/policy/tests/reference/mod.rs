//! A second evaluator, for comparison: it works on the JSON itself, statement by statement, without any
//! thought for speed, and shares no code with the product.

mod compare;
mod text;

use serde_json::Value;

use super::{Context, Principal, PrincipalKind, Request};
use text::{Kind, fits, values_of};

/// `allow`, `explicit` or `implicit`.
pub(super) fn decide(
    identity: &[Value],
    resource: Option<&Value>,
    request: &Request<'_>,
) -> &'static str {
    let own: Vec<Value> = identity.iter().flat_map(statements).collect();
    let theirs: Vec<Value> = resource.into_iter().flat_map(statements).collect();
    let applies = |statement: &Value, effect: &str| {
        statement["Effect"] == effect
            && principal_is_meant(statement, request.principal) != "no"
            && is_about(statement, request)
    };
    if own.iter().chain(&theirs).any(|statement| applies(statement, "Deny")) {
        return "explicit";
    }
    let account = request.principal.account.to_string();
    let owner = match request.resource {
        "*" => account.clone(),
        arn => arn.split(':').nth(4).unwrap_or("").to_owned(),
    };
    let root = request.principal.kind == PrincipalKind::Root;
    let own_allows = own.iter().any(|statement| applies(statement, "Allow"));
    let their = |kinds: &[&str]| {
        theirs.iter().any(|statement| {
            applies(statement, "Allow")
                && kinds.contains(&principal_is_meant(statement, request.principal))
        })
    };
    let allowed = if owner == account {
        root || own_allows || their(&["itself"])
    } else {
        (root || own_allows) && their(&["itself", "account"])
    };
    if allowed { "allow" } else { "implicit" }
}

fn statements(policy: &Value) -> Vec<Value> {
    let variables = policy["Version"] == "2012-10-17";
    let all = match &policy["Statement"] {
        Value::Array(all) => all.clone(),
        one => vec![one.clone()],
    };
    all.into_iter()
        .map(|mut statement| {
            statement["variables"] = Value::Bool(variables);
            statement
        })
        .collect()
}

/// `itself`, `account` or `no`.
fn principal_is_meant(statement: &Value, principal: &Principal) -> &'static str {
    let account = principal.account.to_string();
    let root_arn = format!("arn:aws:iam::{account}:root");
    let role_arn = principal
        .arn
        .split("assumed-role/")
        .nth(1)
        .map(|rest| format!("arn:aws:iam::{account}:role/{}", rest.split('/').next().unwrap()));
    let listed = |element: &Value| match element {
        Value::String(one) => vec![one.clone()],
        map => list(&map["AWS"]),
    };
    if !statement["NotPrincipal"].is_null() {
        let names = listed(&statement["NotPrincipal"]);
        let has = |name: &str| names.iter().any(|one| one == name);
        let account = has(&account) || has(&root_arn);
        let itself = principal.kind == PrincipalKind::Root || has(&principal.arn);
        let role = role_arn.is_none_or(|arn| has(&arn));
        return if account && itself && role { "no" } else { "itself" };
    }
    if statement["Principal"].is_null() {
        return "itself";
    }
    let names = listed(&statement["Principal"]);
    let has = |name: &str| names.iter().any(|one| one == name);
    let by_account = has(&account) || has(&root_arn);
    let itself = principal.kind != PrincipalKind::Root && has(&principal.arn);
    if has("*") || itself || role_arn.is_some_and(|arn| has(&arn)) {
        "itself"
    } else if by_account {
        if principal.kind == PrincipalKind::Root { "itself" } else { "account" }
    } else {
        "no"
    }
}

fn list(value: &Value) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match value {
        Value::Array(all) => all.iter().map(text).collect(),
        one => vec![text(one)],
    }
}

fn is_about(statement: &Value, request: &Request<'_>) -> bool {
    let variables = statement["variables"] == true;
    let allows = statement["Effect"] == "Allow";
    let action = request.action.to_lowercase();
    let in_actions = |element: &str| {
        list(&statement[element]).iter().any(|pattern| {
            fits(&pattern.to_lowercase(), Kind::Plain, false, &action, request) == Some(true)
        })
    };
    let in_resources = |element: &str, if_unknown: bool| {
        list(&statement[element]).iter().any(|pattern| {
            let fits = fits(pattern, Kind::Resource, variables, request.resource, request);
            fits.unwrap_or(if_unknown)
        })
    };
    let action_is_meant = match statement["Action"].is_null() {
        false => in_actions("Action"),
        true => !in_actions("NotAction"),
    };
    let resource_is_meant = match statement["Resource"].is_null() {
        false => in_resources("Resource", false),
        true => !in_resources("NotResource", allows),
    };
    let empty = serde_json::Map::new();
    let conditions = statement["Condition"].as_object().unwrap_or(&empty);
    action_is_meant
        && resource_is_meant
        && conditions.iter().all(|(operator, keys)| {
            keys.as_object().unwrap().iter().all(|(key, operands)| {
                condition(operator, key, &list(operands), variables, allows, request)
            })
        })
}

fn condition(
    name: &str,
    key: &str,
    operands: &[String],
    variables: bool,
    allows: bool,
    request: &Request<'_>,
) -> bool {
    let values = values_of(key, request);
    let nothing = values.iter().all(String::is_empty);
    if name == "Null" {
        let asks = |word: &str| operands.iter().any(|operand| operand == word);
        return match (values.is_empty(), nothing) {
            (true, _) => asks("true"),
            (false, false) => asks("false"),
            // Whether it is there is disputed: both answers have to be in order, or one of them denies.
            (false, true) if allows => asks("true") && asks("false"),
            (false, true) => asks("true") || asks("false"),
        };
    }
    let (set, operator) = match name.split_once(':') {
        Some((set, operator)) => (set, operator),
        None => ("", name),
    };
    let (operator, if_exists) = match operator.strip_suffix("IfExists") {
        Some(operator) => (operator, true),
        None => (operator, false),
    };
    if if_exists && values.is_empty() {
        return true;
    }
    let negated = operator.contains("Not");
    let positive = operator.replace("Not", "");
    let holds = |value: &String| {
        if !compare::is_comparable(&positive, value) {
            return !allows;
        }
        let found = operands.iter().any(|operand| {
            let found = compare::compare(&positive, value, operand, variables, request);
            found.unwrap_or(negated && allows)
        });
        found != negated
    };
    match set {
        "ForAllValues" => nothing || values.iter().all(holds),
        "ForAnyValue" => !nothing && values.iter().any(holds),
        _ if values.is_empty() => negated,
        // Which one is meant is unknown, so each of them may deny and only all of them may allow.
        _ if values.len() > 1 && !allows => values.iter().any(holds),
        _ if values.len() > 1 => negated && values.iter().all(holds),
        _ => holds(&values[0]),
    }
}

/// The context that a random request has, for look-ups by [`values_of`].
pub(super) fn context(pairs: &[(String, Vec<String>)]) -> Context {
    let start = Context::new();
    pairs
        .iter()
        .fold(start, |context, (key, values)| context.with_list(key, values.iter().cloned()))
}
