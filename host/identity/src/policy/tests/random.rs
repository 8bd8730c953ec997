//! Random policies and requests: the same decision as the second evaluator, and what must hold of any
//! decision.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use serde_json::{Map, Value, json};

use super::reference;
use super::{ABROAD, Context, HOME, Principal, Request, root, session, user};
use crate::policy::{Decision, Denial, Missing, Policy, evaluate};

const ACTIONS: &[&str] = &[
    "*",
    "kinesis:*",
    "kinesis:Put*",
    "kinesis:PutRecord",
    "kinesis:?utRecord?",
    "kinesis:*Records",
    "lambda:*",
    "KINESIS:getrecords",
];
const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:kinesis:*",
    "arn:aws:kinesis:*:111122223333:stream/*",
    "arn:aws:kinesis:us-*-1:111122223333:stream/orders",
    "arn:*:kinesis:u*:*:stream/*",
    "arn:aws:kinesis:us-east-1:4444*6666:stream/a?a",
    "arn:aws:kinesis:*:*:stream/${aws:username}",
    "arn:aws:kinesis:*:*:stream/${aws:PrincipalTag/team, 'orders'}",
    "arn:aws:kinesis:*:*:*${*}*",
    "arn:aws:lambda:*:*:function:*",
];
const NAMES: &[&str] = &["orders", "ada", "blue", "x*y", "a:a", "${aws:username}"];
const PRINCIPALS: &[&str] = &[
    "*",
    "111122223333",
    "444455556666",
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::111122223333:user/ada",
    "arn:aws:iam::444455556666:user/ada",
    "arn:aws:iam::111122223333:role/worker",
    "arn:aws:sts::111122223333:assumed-role/worker/one",
    "arn:aws:sts::444455556666:assumed-role/worker/one",
    "arn:aws:iam::444455556666:role/worker",
];

/// Operators by the kind of what they compare, with operands and values of that kind, and some that are not.
const KINDS: &[(&[&str], &[&str], &[&str])] = &[
    (
        &[
            "StringEquals",
            "StringNotEquals",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
            "StringLike",
            "StringNotLike",
        ],
        &[
            "blue",
            "BLUE",
            "b*",
            "?lue",
            "*",
            "",
            "ada",
            "${aws:username}",
            "${aws:PrincipalTag/team}",
            "${aws:username}*",
            "${*}",
            "${aws:PrincipalTag/no, 'blue'}",
        ],
        &["blue", "Blue", "b", "ada", "", "*", "adam"],
    ),
    (
        &[
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ],
        &["-1.5", "0", "7", "10"],
        &["-1.50", "0.0", "7", "8", "x", ""],
    ),
    (
        &[
            "DateEquals",
            "DateNotEquals",
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
        ],
        &["2026-03-01", "2026-03-01T12:00:00Z", "1772323200"],
        &[
            "2026-03-01T00:00:00Z",
            "2026-03-01T12:00:00Z",
            "2026-02-28T23:59:59Z",
            "1772323201",
            "now",
        ],
    ),
    (&["Bool"], &["true", "false"], &["true", "false", "maybe"]),
    (
        &["IpAddress", "NotIpAddress"],
        &["10.0.0.0/8", "10.1.2.3", "0.0.0.0/0", "2001:db8::/32", "::/0"],
        &["10.1.2.3", "11.0.0.1", "::ffff:10.9.9.9", "2001:db8::7", "fe80::1", "host"],
    ),
    (
        &["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
        &[
            "arn:aws:kinesis:*:*:stream/*",
            "arn:aws:*:us-*-1::*",
            "arn:aws:iam::${aws:PrincipalAccount}:*/*",
            "arn:aws:x:${aws:PrincipalTag/team, 'r'}:*:a",
            "*:*:*:*:*:*a",
            "*",
            "arn:aws:iam:*",
            "arn:aws:x:b*",
        ],
        &[
            "arn:aws:kinesis:us-east-1:111122223333:stream/a",
            "arn:aws:iam::111122223333:user/ada",
            "arn:aws:x:blue::a",
            "arn:aws:x:r:y:z:a",
            "arn:aws:x",
            "ada",
        ],
    ),
    (&["BinaryEquals"], &["AAEC", "AA=="], &["AAEC", "AA=="]),
];

/// Keys that the random context has, by the kind of their values; the last is never there.
const KEYS: &[&str] = &["test:One", "test:Two", "aws:RequestTag/k"];

fn one_or_many(words: &'static [&'static str]) -> impl Strategy<Value = Value> {
    prop_oneof![
        select(words).prop_map(|word| json!(word)),
        vec(select(words), 1..4).prop_map(|words| json!(words)),
    ]
}

fn condition() -> impl Strategy<Value = (String, String, Value)> {
    let of_kind = (0..KINDS.len()).prop_flat_map(|kind| {
        let (operators, operands, _) = KINDS[kind];
        let name = (select(&["", "", "ForAllValues:", "ForAnyValue:"][..]), select(operators), any::<bool>());
        let name = name.prop_map(|(set, operator, if_exists)| {
            format!("{set}{operator}{}", if if_exists { "IfExists" } else { "" })
        });
        let keys = prop_oneof![
            4 => select(KEYS).prop_map(move |key| format!("{key}{kind}")),
            1 => select(&["aws:username", "AWS:PrincipalTag/Team", "aws:PrincipalArn", "aws:none"][..])
                .prop_map(str::to_owned),
        ];
        (name, keys, one_or_many(operands))
    });
    let null = (0..KINDS.len(), select(KEYS), one_or_many(&["true", "false"]))
        .prop_map(|(kind, key, operands)| ("Null".to_owned(), format!("{key}{kind}"), operands));
    prop_oneof![9 => of_kind, 1 => null]
}

fn conditions() -> impl Strategy<Value = Value> {
    prop_oneof![
        2 => Just(json!({})),
        3 => vec(condition(), 1..3).prop_map(|all| {
            let mut map = Map::new();
            for (operator, key, operands) in all {
                let keys = map.entry(operator).or_insert_with(|| json!({}));
                keys.as_object_mut().unwrap().insert(key, operands);
            }
            Value::Object(map)
        }),
    ]
}

fn statement(of_resource: bool) -> impl Strategy<Value = Value> {
    let elements = (
        prop_oneof![3 => Just("Allow"), 1 => Just("Deny")],
        prop_oneof![4 => Just("Action"), 1 => Just("NotAction")],
        one_or_many(ACTIONS),
        prop_oneof![4 => Just("Resource"), 1 => Just("NotResource")],
        one_or_many(RESOURCES),
        conditions(),
        (any::<bool>(), one_or_many(PRINCIPALS), one_or_many(&PRINCIPALS[1..])),
    );
    elements.prop_map(
        move |(effect, action, actions, resource, resources, condition, principals)| {
            let mut statement = json!({"Effect": effect, "Condition": condition});
            statement[action] = actions;
            statement[resource] = resources;
            if of_resource {
                let (negated, names, exempt) = principals;
                match negated && effect == "Deny" {
                    true => statement["NotPrincipal"] = json!({"AWS": exempt}),
                    false => statement["Principal"] = json!({"AWS": names}),
                }
            }
            statement
        },
    )
}

fn document(of_resource: bool) -> impl Strategy<Value = Value> {
    let version =
        prop_oneof![4 => Just(Some("2012-10-17")), 1 => Just(Some("2008-10-17")), 1 => Just(None)];
    (version, vec(statement(of_resource), 1..4)).prop_map(|(version, statements)| {
        let mut document = json!({"Statement": statements});
        if let Some(version) = version {
            document["Version"] = json!(version);
        }
        document
    })
}

/// Everything that a decision depends on.
#[derive(Clone, Debug)]
struct Case {
    identity: Vec<Value>,
    resource: Option<Value>,
    principal: Principal,
    action: &'static str,
    arn: String,
    context: Vec<(String, Vec<String>)>,
}

fn principal() -> impl Strategy<Value = Principal> {
    let tags: &[&[(&str, &str)]] =
        &[&[], &[("team", "blue")], &[("TEAM", "a:b")], &[("team", "b"), ("Team", "blue")]];
    let account = select(&[HOME, HOME, ABROAD][..]);
    (account, 0..5, select(tags)).prop_map(|(account, kind, tags)| {
        let principal = match kind {
            0 => root(account),
            1 | 2 => user(account, "ada"),
            _ => session(account, "worker", "one"),
        };
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Principal { tags: tags.collect(), ..principal }
    })
}

fn context() -> impl Strategy<Value = Vec<(String, Vec<String>)>> {
    let keys = KEYS[..2].iter().flat_map(|key| (0..KINDS.len()).map(move |kind| (*key, kind)));
    let values = keys.map(|(key, kind)| {
        let count = prop_oneof![1 => Just(0), 4 => Just(1), 1 => Just(2)];
        let values = count.prop_flat_map(move |count| vec(select(KINDS[kind].2), count));
        values.prop_map(move |values| {
            (format!("{key}{kind}"), values.into_iter().map(str::to_owned).collect())
        })
    });
    values.collect::<Vec<_>>()
}

fn case() -> impl Strategy<Value = Case> {
    let arn = prop_oneof![
        1 => Just("*".to_owned()),
        6 => (select(&["us-east-1", "eu-west-1"][..]), select(&[HOME, ABROAD][..]), select(NAMES))
            .prop_map(|(region, account, name)| format!("arn:aws:kinesis:{region}:{account}:stream/{name}")),
    ];
    let actions = select(&["kinesis:PutRecord", "kinesis:GetRecords", "Kinesis:putrecords"][..]);
    let resource = proptest::option::of(document(true));
    (vec(document(false), 0..3), resource, principal(), actions, arn, context()).prop_map(
        |(identity, resource, principal, action, arn, context)| Case {
            identity,
            resource,
            principal,
            action,
            arn,
            context,
        },
    )
}

impl Case {
    fn decide(&self) -> Decision {
        let identity: Vec<Arc<Policy>> =
            self.identity.iter().map(|one| super::policy(&one.to_string())).collect();
        let resource = self.resource.as_ref().map(|one| super::resource_policy(&one.to_string()));
        self.with_request(|request| evaluate(&identity, resource.as_ref(), request))
    }

    fn with_request<T>(&self, ask: impl FnOnce(&Request<'_>) -> T) -> T {
        let context: Context = reference::context(&self.context);
        let Self { principal, action, arn, .. } = self;
        ask(&Request { principal, action, resource: arn, context: &context })
    }

    /// All statements, of which each can be changed.
    fn statements(&mut self) -> Vec<&mut Vec<Value>> {
        let documents = self.identity.iter_mut().chain(&mut self.resource);
        documents.map(|document| document["Statement"].as_array_mut().unwrap()).collect()
    }
}

fn word(decision: &Decision) -> &'static str {
    match decision {
        Decision::Allow(_) => "allow",
        Decision::Deny(Denial::Explicit(_)) => "explicit",
        Decision::Deny(Denial::Implicit(Missing::Identity | Missing::Resource)) => "implicit",
        Decision::Deny(Denial::Implicit(Missing::Effort)) => "effort",
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn both_evaluators_agree(case in case()) {
        let expected = case.with_request(|request| {
            reference::decide(&case.identity, case.resource.as_ref(), request)
        });
        prop_assert_eq!(word(&case.decide()), expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn one_more_deny_never_grants(case in case(), deny in statement(false), of_all in document(true)) {
        let mut deny = deny;
        deny["Effect"] = json!("Deny");
        let before = case.decide();
        let mut more = case.clone();
        more.identity.push(json!({"Version": "2012-10-17", "Statement": [deny.clone()]}));
        prop_assert!(before.is_allowed() || !more.decide().is_allowed());
        let mut more = case.clone();
        deny["Principal"] = of_all["Statement"][0].get("Principal").cloned().unwrap_or_else(|| json!("*"));
        match &mut more.resource {
            Some(document) => document["Statement"].as_array_mut().unwrap().push(deny),
            None => more.resource = Some(json!({"Statement": [deny]})),
        }
        prop_assert!(before.is_allowed() || !more.decide().is_allowed());
    }

    #[test]
    fn one_allow_less_never_grants(case in case()) {
        let before = case.decide();
        let counts: Vec<usize> = case.clone().statements().iter().map(|list| list.len()).collect();
        for (document, count) in counts.iter().enumerate() {
            for index in 0..*count {
                let mut less = case.clone();
                let list = less.statements().swap_remove(document);
                if list[index]["Effect"] == "Allow" {
                    // Replaced and not removed, as a policy has at least one statement.
                    list[index]["Condition"] = json!({"Null": {"aws:PrincipalArn": "true"}});
                    prop_assert!(before.is_allowed() || !less.decide().is_allowed());
                }
            }
        }
    }

    #[test]
    fn order_makes_no_difference(case in case()) {
        let mut turned = case.clone();
        turned.identity.reverse();
        for list in turned.statements() {
            list.reverse();
        }
        prop_assert_eq!(word(&case.decide()), word(&turned.decide()));
    }

    #[test]
    fn a_missing_value_never_grants_by_a_positive_operator(case in case()) {
        // Every statement that allows demands a key that no request has.
        let mut demanding = case;
        for list in demanding.statements() {
            for statement in list.iter_mut().filter(|one| one["Effect"] == "Allow") {
                statement["Condition"]["StringLike"] = json!({"test:never": "*"});
            }
        }
        let is_root = demanding.principal.name.is_none();
        prop_assert!(is_root || !demanding.decide().is_allowed());
    }
}

#[test]
fn random_cases_come_to_all_ends() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut ends = std::collections::BTreeMap::new();
    for _ in 0..1000 {
        let case = case().new_tree(&mut runner).unwrap().current();
        *ends.entry(word(&case.decide())).or_insert(0) += 1;
    }
    for end in ["allow", "explicit", "implicit"] {
        assert!(ends.get(end).is_some_and(|count| *count > 100), "{ends:?}");
    }
}
