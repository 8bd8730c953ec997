//! The order of the decision: every kind of principal, at home and abroad, with every mix of policies.

use super::{ABROAD, Context, HOME, STREAM, one, policy, resource_policy, root, session, user};
use crate::policy::{
    Decision, Denial, Missing, PolicyRef, Principal, Request, ResourcePolicy, StatementRef,
    evaluate,
};

const ALLOW: &str = r#""Effect": "Allow", "Action": "kinesis:*", "Resource": "*""#;
const DENY: &str = r#""Effect": "Deny", "Action": "kinesis:*", "Resource": "*""#;

fn ask(principal: &Principal, identity: &str, resource: Option<&ResourcePolicy>) -> Decision {
    let identity = match identity {
        "nothing" => vec![],
        "allow" => vec![one(ALLOW)],
        "deny" => vec![one(DENY)],
        "both" => vec![one(ALLOW), one(DENY)],
        other => panic!("{other}"),
    };
    let context = Context::new();
    let request =
        Request { principal, action: "kinesis:PutRecord", resource: STREAM, context: &context };
    evaluate(&identity, resource, &request)
}

/// `A` allowed, `D` denied by a statement, `i` nothing of one's own allows it, `r` nothing of the resource's.
fn letter(decision: &Decision) -> char {
    match decision {
        Decision::Allow(_) => 'A',
        Decision::Deny(Denial::Explicit(_)) => 'D',
        Decision::Deny(Denial::Implicit(Missing::Identity)) => 'i',
        Decision::Deny(Denial::Implicit(Missing::Resource)) => 'r',
        Decision::Deny(Denial::Implicit(Missing::Effort)) => 'e',
    }
}

/// Own policies, the policy of the resource, and what comes of it for: root, user and session of the account
/// that owns the stream, then the same of another account.
const ORDER: &[(&str, &str, &str)] = &[
    ("nothing", "none", "Aiirii"),
    ("allow", "none", "AAArrr"),
    ("deny", "none", "DDDDDD"),
    ("both", "none", "DDDDDD"),
    ("nothing", "itself", "AAAAii"),
    ("allow", "itself", "AAAAAA"),
    ("deny", "itself", "DDDDDD"),
    ("both", "itself", "DDDDDD"),
    ("nothing", "account", "AiiAii"),
    ("allow", "account", "AAAAAA"),
    ("deny", "account", "DDDDDD"),
    ("both", "account", "DDDDDD"),
    ("nothing", "everybody", "AAAAii"),
    ("allow", "everybody", "AAAAAA"),
    ("deny", "everybody", "DDDDDD"),
    ("nothing", "another", "Aiirii"),
    ("allow", "another", "AAArrr"),
    ("nothing", "deny", "DDDDDD"),
    ("allow", "deny", "DDDDDD"),
    ("deny", "deny", "DDDDDD"),
    ("allow", "deny another", "AAArrr"),
    ("allow", "deny all but itself", "AAArrr"),
    ("allow", "deny all but another", "DDDDDD"),
    ("allow", "allow and deny all but itself", "AAAAAA"),
    ("nothing", "allow and deny all but itself", "AAAAii"),
];

/// The policy of the stream, as one that is about `principal`.
fn about(principal: &Principal, kind: &str) -> Option<ResourcePolicy> {
    let account = principal.account;
    let itself = match &principal.name {
        None => format!(r#"{{"AWS": "arn:aws:iam::{account}:root"}}"#),
        Some(_) => format!(r#"{{"AWS": "{}"}}"#, principal.arn),
    };
    let all_names = match &principal.name {
        Some(name) if principal.arn.contains("assumed-role") => {
            format!(
                r#"{{"AWS": ["{account}", "{}", "arn:aws:iam::{account}:role/{name}"]}}"#,
                principal.arn
            )
        }
        Some(_) => format!(r#"{{"AWS": ["{account}", "{}"]}}"#, principal.arn),
        None => itself.clone(),
    };
    let another = r#"{"AWS": ["999999999999", "arn:aws:iam::999999999999:user/ada"]}"#;
    let statements = match kind {
        "none" => return None,
        "itself" => vec![format!(r#"{ALLOW}, "Principal": {itself}"#)],
        "account" => vec![format!(r#"{ALLOW}, "Principal": {{"AWS": "{account}"}}"#)],
        "everybody" => vec![format!(r#"{ALLOW}, "Principal": {{"AWS": "*"}}"#)],
        "another" => vec![format!(r#"{ALLOW}, "Principal": {another}"#)],
        "deny" => vec![
            format!(r#"{ALLOW}, "Principal": "*""#),
            format!(r#"{DENY}, "Principal": {{"AWS": "{account}"}}"#),
        ],
        "deny another" => vec![format!(r#"{DENY}, "Principal": {another}"#)],
        "deny all but itself" => vec![format!(r#"{DENY}, "NotPrincipal": {all_names}"#)],
        "deny all but another" => vec![format!(r#"{DENY}, "NotPrincipal": {another}"#)],
        "allow and deny all but itself" => vec![
            format!(r#"{DENY}, "NotPrincipal": {all_names}"#),
            format!(r#"{ALLOW}, "Principal": {itself}"#),
        ],
        other => panic!("{other}"),
    };
    let statements: Vec<String> = statements.iter().map(|one| format!("{{{one}}}")).collect();
    Some(resource_policy(&format!(r#"{{"Statement": [{}]}}"#, statements.join(","))))
}

#[test]
fn explicit_deny_then_root_then_either_or_both() {
    let principals = [HOME, ABROAD]
        .map(|account| [root(account), user(account, "ada"), session(account, "worker", "one")]);
    for (identity, resource, expected) in ORDER {
        let decisions = principals.iter().flatten().map(|principal| {
            let resource = about(principal, resource);
            letter(&ask(principal, identity, resource.as_ref()))
        });
        let decisions: String = decisions.collect();
        assert_eq!(decisions, *expected, "{identity} {resource}");
    }
}

#[test]
fn a_session_is_named_by_its_role_too() {
    let principal = session(HOME, "worker", "one");
    let allow = |arn: &str| {
        let text = format!(r#"{{"Statement": {{{ALLOW}, "Principal": {{"AWS": "{arn}"}}}}}}"#);
        ask(&principal, "nothing", Some(&resource_policy(&text))).is_allowed()
    };
    assert!(allow("arn:aws:iam::111122223333:role/worker"));
    assert!(allow("arn:aws:sts::111122223333:assumed-role/worker/one"));
    assert!(!allow("arn:aws:sts::111122223333:assumed-role/worker/two"));
    assert!(!allow("arn:aws:iam::111122223333:role/work"));
    assert!(!allow("arn:aws:iam::111122223333:user/worker"));
    assert!(!allow("arn:aws:iam::444455556666:role/worker"));
}

/// AWS looks at account, role and session in turn, and denies whoever is not named in all of them.
#[test]
fn an_exception_names_all_of_account_role_and_session() {
    let principal = session(HOME, "worker", "one");
    let names = [
        "arn:aws:iam::111122223333:root",
        "arn:aws:iam::111122223333:role/worker",
        "arn:aws:sts::111122223333:assumed-role/worker/one",
    ];
    for left_out in 0..=names.len() {
        let kept: Vec<&str> = names
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != left_out)
            .map(|(_, name)| *name)
            .collect();
        let list = serde_json::to_string(&kept).unwrap();
        let text = format!(r#"{{"Statement": {{{DENY}, "NotPrincipal": {{"AWS": {list}}}}}}}"#);
        let decision = ask(&principal, "allow", Some(&resource_policy(&text)));
        assert_eq!(decision.is_allowed(), left_out == names.len(), "{kept:?}");
    }
}

#[test]
fn decisions_tell_which_statement_decided() {
    let first = policy(&format!(r#"{{"Statement": [{{"Sid": "A", {ALLOW}}}]}}"#));
    let second = policy(&format!(
        r#"{{"Statement": [{{{ALLOW}}}, {{"Sid": "NoGet", "Effect": "Deny", "Action": "kinesis:Get*",
            "Resource": "*"}}]}}"#
    ));
    let resource = resource_policy(&format!(r#"{{"Statement": {{{ALLOW}, "Principal": "*"}}}}"#));
    let context = Context::new();
    let ask = |principal: &Principal, action| {
        let request = Request { principal, action, resource: STREAM, context: &context };
        evaluate(&[first.clone(), second.clone()], Some(&resource), &request)
    };
    let by = |policy, index, sid: Option<&str>| StatementRef {
        policy,
        index,
        sid: sid.map(str::to_owned),
    };
    let denied = ask(&user(HOME, "ada"), "kinesis:GetRecords");
    let expected = by(PolicyRef::Identity(1), 1, Some("NoGet"));
    assert_eq!(denied, Decision::Deny(Denial::Explicit(expected)));
    let Decision::Allow(grounds) = ask(&user(ABROAD, "ada"), "kinesis:PutRecord") else { panic!() };
    assert_eq!(grounds.identity, Some(by(PolicyRef::Identity(0), 0, Some("A"))));
    assert_eq!(grounds.resource, Some(by(PolicyRef::Resource, 0, None)));
}

#[test]
fn refusals_are_in_the_words_of_aws() {
    let everybody = resource_policy(&format!(r#"{{"Statement": {{{DENY}, "Principal": "*"}}}}"#));
    let cases = [
        (
            HOME,
            "nothing",
            None,
            "because no identity-based policy allows the kinesis:PutRecord action",
        ),
        (
            ABROAD,
            "allow",
            None,
            "because no resource-based policy allows the kinesis:PutRecord action",
        ),
        (HOME, "deny", None, "with an explicit deny in an identity-based policy"),
        (HOME, "allow", Some(&everybody), "with an explicit deny in a resource-based policy"),
    ];
    for (account, identity, resource, end) in cases {
        let principal = user(account, "ada");
        let Decision::Deny(denial) = ask(&principal, identity, resource) else { panic!("{end}") };
        let context = Context::new();
        let (principal, action) = (&principal, "kinesis:PutRecord");
        let request = Request { principal, action, resource: STREAM, context: &context };
        let expected = format!(
            "User: arn:aws:iam::{account}:user/ada is not authorized to perform: kinesis:PutRecord on \
             resource: {STREAM} {end}"
        );
        assert_eq!(denial.message(&request), expected);
    }
}

#[test]
fn what_has_no_owner_is_nobodys_own() {
    let context = Context::new();
    for resource in ["", "arn:aws:kinesis", "arn:aws:iam:::user/u", "arn:aws:kinesis:r:12:stream/s"]
    {
        for principal in [root(HOME), user(HOME, "ada")] {
            let request =
                Request { principal: &principal, action: "a:b", resource, context: &context };
            assert!(
                !evaluate(
                    &[one(r#""Effect": "Allow", "Action": "*", "Resource": "*""#)],
                    None,
                    &request
                )
                .is_allowed()
            );
        }
    }
}

#[test]
fn who_may_go_elsewhere_is_decided_at_home() {
    let context = Context::new();
    let allowed = |principal: &Principal,
                   identity: &[std::sync::Arc<crate::policy::Policy>],
                   resource: &str| {
        let request = Request { principal, action: "s3:PutObject", resource, context: &context };
        evaluate(identity, None, &request).is_allowed()
    };
    let policy = r#""Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/x/*""#;
    let (policies, ada) = ([one(policy)], user(HOME, "ada"));
    assert!(allowed(&root(HOME), &[], "arn:aws:s3:::b/x/1"));
    assert!(allowed(&ada, &policies, "arn:aws:s3:::b/x/1"));
    assert!(!allowed(&ada, &policies, "arn:aws:s3:::b/y"));
    assert!(!allowed(&ada, &[], "arn:aws:s3:::b/x/1"));
    let own = format!(
        r#"{policy}, "Condition": {{"StringEquals": {{"aws:ResourceAccount": "{HOME}"}}}}"#
    );
    assert!(!allowed(&ada, &[one(&own)], "arn:aws:s3:::b/x/1"), "nobody knows whose it is");
}

/// Patterns that take too long for one request end in a refusal, also where what they would deny is not
/// found out.
#[test]
fn hostile_policies_are_bounded_and_end_in_a_refusal() {
    let pattern = format!("*{}b", "a".repeat(2000));
    let deny = format!(
        r#""Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": {{"StringLike": {{"aws:UserAgent": ["{pattern}", "{pattern}c"]}}}}"#
    );
    let principal = user(HOME, "ada");
    let policies = [one(ALLOW), one(&deny)];
    let ask = |agent: String| {
        let context = Context::new().with("aws:UserAgent", agent);
        let request = Request {
            principal: &principal,
            action: "kinesis:PutRecord",
            resource: STREAM,
            context: &context,
        };
        evaluate(&policies, None, &request)
    };
    assert!(ask("a".repeat(200)).is_allowed());
    assert_eq!(letter(&ask("a".repeat(16_000))), 'e');
}

/// What is not matching of patterns counts, too: variables, and what is read, folded and decoded.
#[test]
fn comparisons_without_wildcards_are_bounded_as_well() {
    let tags = (0..50).map(|index| (format!("Tag{index}"), "v".to_owned())).collect();
    let principal = Principal { tags, ..user(HOME, "ada") };
    let context = Context::new()
        .with_list("aws:TagKeys", (0..50).map(|index| format!("key{index}")))
        .with("test:Data", "AAAA".repeat(7500))
        .with("aws:UserAgent", "-".repeat(30_000));
    let ends = |operator: &str, key: &str, operand: &str, count: usize| {
        let list = serde_json::to_string(&vec![operand; count]).unwrap();
        let condition = format!(r#""Condition": {{"{operator}": {{"{key}": {list}}}}}"#);
        let deny =
            one(&format!(r#""Effect": "Deny", "Action": "*", "Resource": "*", {condition}"#));
        let policies: Vec<_> = std::iter::once(one(ALLOW)).chain(vec![deny; 100]).collect();
        let request = Request {
            principal: &principal,
            action: "kinesis:PutRecord",
            resource: STREAM,
            context: &context,
        };
        letter(&evaluate(&policies, None, &request))
    };
    let any = "ForAnyValue:StringEquals";
    assert_eq!(ends(any, "aws:TagKeys", "${aws:PrincipalTag/x}", 250), 'e');
    assert_eq!(ends(any, "aws:TagKeys", "${aws:PrincipalTag/tag1}", 250), 'e');
    assert_eq!(ends(any, "aws:TagKeys", "none", 2), 'A');
    let agent = "aws:UserAgent";
    // Too long for one, so it is not read at all.
    assert_eq!(ends("DateLessThan", agent, "12345", 400), 'D');
    assert_eq!(ends("NumericLessThan", agent, "12345", 400), 'D');
    assert_eq!(ends("BinaryEquals", "test:Data", "AAEC", 400), 'e');
    assert_eq!(ends("StringEqualsIgnoreCase", agent, "-", 400), 'e');
    let literals = format!("{}${{aws:username}}", "x".repeat(2000));
    assert_eq!(ends(any, "aws:TagKeys", &literals, 4), 'e');
}
