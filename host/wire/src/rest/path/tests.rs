//! What is found, and what hostile paths get.

use proptest::prelude::*;

use super::*;
use Method::{Delete, Get, Post, Put};

const BOUND: [(Method, &str); 14] = [
    (Get, "/2015-03-31/functions"),
    (Post, "/2015-03-31/functions"),
    (Get, "/2015-03-31/functions/{FunctionName}"),
    (Delete, "/2015-03-31/functions/{FunctionName}"),
    (Post, "/2015-03-31/functions/{FunctionName}/invocations"),
    (Get, "/2015-03-31/functions/{FunctionName}/aliases/{Name}"),
    (Post, "/2015-03-31/event-source-mappings/"),
    (Put, "/2015-03-31/event-source-mappings/{UUID}"),
    (Get, "/2019-09-30/functions/{FunctionName}/provisioned-concurrency"),
    (Get, "/2019-09-30/functions/{FunctionName}/provisioned-concurrency?List=ALL"),
    (Get, "/a/{Label}/c"),
    (Get, "/a/b/{Label}"),
    (Get, "/a/{Rest+}"),
    (Post, "/"),
];

fn paths() -> Paths<(Method, &'static str)> {
    let mut paths = Paths::default();
    for (method, template) in BOUND {
        paths.insert(method, template, (method, template));
    }
    paths
}

/// The template that is found, and its labels.
fn found(method: &str, path: &str, query: &str) -> Option<(&'static str, Vec<String>)> {
    let paths = paths();
    let found = paths.find(method, path, query)?;
    assert_eq!(found.value.0.as_str(), method);
    let labels = found.labels.iter().map(|(name, value)| format!("{name}={value}"));
    Some((found.value.1, labels.collect()))
}

#[track_caller]
fn is(request: &str, template: &str, labels: &[&str]) {
    let (method, target) = request.split_once(' ').unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let labels = labels.iter().map(|text| (*text).to_owned()).collect();
    assert_eq!(found(method, path, query), Some((template, labels)));
}

#[test]
fn labels_are_whole_segments_and_still_encoded() {
    is("GET /2015-03-31/functions", "/2015-03-31/functions", &[]);
    let one = "/2015-03-31/functions/{FunctionName}";
    is("GET /2015-03-31/functions/f", one, &["FunctionName=f"]);
    is("DELETE /2015-03-31/functions/a%2Fb%3A", one, &["FunctionName=a%2Fb%3A"]);
    is(
        "POST /2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:x/invocations?Qualifier=1",
        "/2015-03-31/functions/{FunctionName}/invocations",
        &["FunctionName=arn:aws:lambda:us-east-1:000000000000:function:x"],
    );
    is(
        "GET /2015-03-31/functions/f/aliases/live",
        "/2015-03-31/functions/{FunctionName}/aliases/{Name}",
        &["FunctionName=f", "Name=live"],
    );
}

#[test]
fn one_slash_at_the_end_makes_no_difference() {
    let mappings = "/2015-03-31/event-source-mappings/";
    is("POST /2015-03-31/event-source-mappings/", mappings, &[]);
    is("POST /2015-03-31/event-source-mappings", mappings, &[]);
    is("GET /2015-03-31/functions/", "/2015-03-31/functions", &[]);
    let one = "/2015-03-31/functions/{FunctionName}";
    is("GET /2015-03-31/functions/f/", one, &["FunctionName=f"]);
    is("POST /", "/", &[]);
}

#[test]
fn the_most_specific_goes_first() {
    is("GET /a/b/c", "/a/b/{Label}", &["Label=c"]);
    is("GET /a/x/c", "/a/{Label}/c", &["Label=x"]);
    is("GET /a/x/d/e", "/a/{Rest+}", &["Rest=x/d/e"]);
    is("GET /a/x/d/e/", "/a/{Rest+}", &["Rest=x/d/e"]);
    is("GET /a/x", "/a/{Rest+}", &["Rest=x"]);
    let one = "/2019-09-30/functions/{FunctionName}/provisioned-concurrency";
    let all = "/2019-09-30/functions/{FunctionName}/provisioned-concurrency?List=ALL";
    let path = "GET /2019-09-30/functions/f/provisioned-concurrency";
    is(&format!("{path}?Qualifier=1"), one, &["FunctionName=f"]);
    is(&format!("{path}?List=ALLY"), one, &["FunctionName=f"]);
    is(&format!("{path}?MaxItems=5&List=ALL"), all, &["FunctionName=f"]);
}

#[test]
fn everything_else_is_unknown() {
    for request in [
        "PUT /2015-03-31/functions",
        "get /2015-03-31/functions",
        "GET /",
        "GET ",
        "GET *",
        "GET //",
        "GET /2015-03-31",
        "GET /2015-03-31/functions//",
        "GET //2015-03-31/functions",
        "GET /2015-03-31/functions/f//",
        "POST /2015-03-31/functions//invocations",
        "POST /2015-03-31/functions/invocations",
        "POST /2015-03-31/functions/a/b/invocations",
        "POST /2015-03-31/functions/f/Invocations",
        "POST /2015-03-31/functions/f/invocation%73",
        "GET /a",
        "GET /a/",
    ] {
        let (method, path) = request.split_once(' ').unwrap();
        assert_eq!(found(method, path, ""), None, "{request}");
    }
}

#[test]
fn templates_are_checked_when_compiling() {
    for (_, template) in BOUND {
        assert_is_template(template);
    }
    for text in
        ["", "x", "//", "/a//b", "/a{b}", "/{b}a", "/{}", "/{", "/{a", "/{a/b}", "/{a+}/b", "/a}"]
    {
        let checked = std::panic::catch_unwind(|| assert_is_template(text));
        assert!(checked.is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn labels_come_back_as_they_were(name in "[^/?]{1,40}", alias in "[^/?]{1,40}") {
        let path = format!("/2015-03-31/functions/{name}/aliases/{alias}");
        let template = "/2015-03-31/functions/{FunctionName}/aliases/{Name}";
        let labels = vec![format!("FunctionName={name}"), format!("Name={alias}")];
        prop_assert_eq!(found("GET", &path, ""), Some((template, labels)));
    }

    #[test]
    fn any_path_is_found_or_not(
        method in "(GET|POST|PUT|DELETE|.{0,8})",
        path in "(/|/?(2015-03-31|functions|a|b|[%.:{}+]{0,3}|.{0,5})(/(functions|f|aliases|.{0,5})){0,9})",
        query in "(List=ALL|.{0,9})",
    ) {
        if let Some((template, labels)) = found(&method, &path, &query) {
            let count = template.matches('{').count();
            prop_assert_eq!(labels.len(), count);
            // What is in the labels was in the path, and nothing is empty.
            for label in labels {
                let (_, value) = label.split_once('=').unwrap();
                prop_assert!(!value.is_empty() && path.contains(value));
            }
        }
    }
}
