//! Policies as they are written, read and decided by.

use std::sync::Arc;

use identity::policy::{Context, Policy as OwnPolicy, PrincipalKind, Request, evaluate};

use super::*;

const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";

fn statement(sid: &str, principal: &str) -> Statement {
    Statement {
        sid: sid.to_owned(),
        action: INVOKE.to_owned(),
        principal: Principal::parse(principal).unwrap(),
        conditions: Conditions::default(),
    }
}

fn policy(statements: &[Statement]) -> Policy {
    let mut policy = None;
    for statement in statements {
        policy = Some(Policy::with(policy.as_ref(), statement.clone(), ARN.to_owned()).unwrap());
    }
    policy.unwrap()
}

/// Whether a user of another account, whom its own policies let do everything, may call the function.
fn lets_in(policy: &Policy, account: &str) -> bool {
    let all =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let own = [Arc::new(OwnPolicy::parse(all).unwrap())];
    let principal = identity::policy::Principal {
        account: account.parse().unwrap(),
        arn: format!("arn:aws:iam::{account}:user/ann"),
        id: "AIDA".to_owned(),
        kind: PrincipalKind::User,
        name: Some("ann".to_owned()),
        tags: Vec::new(),
    };
    let context = Context::new();
    let request =
        Request { principal: &principal, action: INVOKE, resource: ARN, context: &context };
    let attached = policy.attached();
    let read = attached.as_ref().map(|it| it.read::<ResourcePolicy>().expect("it can be read"));
    evaluate(&own, read, &request).is_allowed()
}

#[test]
fn principals_are_told_apart_by_how_they_are_written() {
    let aws = |text: &str| Some(Principal::Aws(text.to_owned()));
    for (text, expected) in [
        ("*", Some(Principal::Everybody)),
        ("210987654321", aws("arn:aws:iam::210987654321:root")),
        ("arn:aws:iam::210987654321:role/r", aws("arn:aws:iam::210987654321:role/r")),
        ("s3.amazonaws.com", Some(Principal::Service("s3.amazonaws.com".to_owned()))),
        ("alexa-appkit.amazon.com", Some(Principal::Service("alexa-appkit.amazon.com".to_owned()))),
        ("ann", None),
        ("12345", None),
        (".amazonaws.com", None),
        ("a b.amazonaws.com", None),
        ("s3.example.org", None),
    ] {
        let found = Principal::parse(text);
        assert_eq!(found, expected, "{text}");
        if let Some(found) = found {
            assert_eq!(Principal::parse(found.as_str()), Some(found), "{text}");
        }
    }
}

#[test]
fn a_statement_is_written_as_aws_writes_it() {
    assert_eq!(
        statement("xaccount", "210987654321").document(ARN),
        r#"{"Sid":"xaccount","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::210987654321:root"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:123456789012:function:f"}"#
    );
    let conditions = Conditions {
        source_account: Some("123456789012".to_owned()),
        source_arn: Some("arn:aws:s3:::bucket".to_owned()),
        ..Conditions::default()
    };
    let bucket = Statement { conditions, ..statement("s3", "s3.amazonaws.com") };
    assert_eq!(
        bucket.document(ARN),
        r#"{"Sid":"s3","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","Condition":{"StringEquals":{"AWS:SourceAccount":"123456789012"},"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::bucket"}}}"#
    );
    let conditions = Conditions {
        organization: Some("o-abcdefghij".to_owned()),
        event_source_token: Some("t".to_owned()),
        ..Conditions::default()
    };
    let all = Statement { conditions, ..statement("all", "*") };
    assert!(all.document(ARN).contains(
        r#""Principal":"*","Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","Condition":{"StringEquals":{"lambda:EventSourceToken":"t","aws:PrincipalOrgID":"o-abcdefghij"}}}"#
    ));
    let policy = policy(&[bucket, all]);
    assert!(
        policy
            .document()
            .starts_with(r#"{"Version":"2012-10-17","Id":"default","Statement":[{"Sid":"s3","#)
    );
}

#[test]
fn statements_come_and_go_by_their_names() {
    let both = policy(&[statement("a", "210987654321"), statement("b", "*")]);
    let twice = Policy::with(Some(&both), statement("a", "*"), ARN.to_owned());
    assert_eq!(twice.unwrap_err(), Unfit::Twice);
    assert!(both.without("c").is_none());
    let one = both.without("b").unwrap().unwrap();
    assert_eq!(one.statements(), [statement("a", "210987654321")]);
    assert!(one.without("a").unwrap().is_none());
}

#[test]
fn only_whom_a_statement_names_is_let_in() {
    let account = policy(&[statement("a", "210987654321")]);
    assert!(lets_in(&account, "210987654321"));
    assert!(!lets_in(&account, "333333333333"));
    let user = policy(&[statement("a", "arn:aws:iam::210987654321:user/ann")]);
    assert!(lets_in(&user, "210987654321") && !lets_in(&user, "333333333333"));
    assert!(lets_in(&policy(&[statement("a", "*")]), "333333333333"));
    // Nobody who calls here is a service, is one of an organization, or calls on behalf of a resource.
    let service = policy(&[statement("a", "s3.amazonaws.com")]);
    assert!(service.attached().is_none() && !lets_in(&service, "210987654321"));
    for conditions in [
        Conditions { organization: Some("o-abcdefghij".to_owned()), ..Conditions::default() },
        Conditions { source_account: Some("210987654321".to_owned()), ..Conditions::default() },
        Conditions { source_arn: Some("arn:aws:s3:::*".to_owned()), ..Conditions::default() },
        Conditions { event_source_token: Some("t".to_owned()), ..Conditions::default() },
    ] {
        let bound = policy(&[Statement { conditions, ..statement("a", "*") }]);
        assert!(!lets_in(&bound, "210987654321"), "{}", bound.document());
    }
}

#[test]
fn what_cannot_be_understood_or_has_no_room_is_refused() {
    let with = |statement| Policy::with(None, statement, ARN.to_owned()).unwrap_err();
    let nobody = statement("a", "arn:aws:iam::210987654321:group/g");
    assert_eq!(with(nobody), Unfit::Principal);
    let conditions =
        Conditions { source_arn: Some("arn:aws:s3:::${a".to_owned()), ..Conditions::default() };
    let unclear = with(Statement { conditions, ..statement("a", "*") });
    assert!(matches!(unclear, Unfit::Unclear(_)), "{unclear:?}");
    let (mut full, mut count) = (policy(&[statement("0", "*")]), 1);
    let unfit = loop {
        let sid = format!("{count:0>100}");
        match Policy::with(Some(&full), statement(&sid, "*"), ARN.to_owned()) {
            Ok(more) => full = more,
            Err(unfit) => break unfit,
        }
        count += 1;
    };
    assert!(full.document().len() <= limits::FUNCTION_POLICY_BYTES_MAX && count > 70, "{count}");
    let Unfit::TooLong(bytes) = unfit else { panic!("{unfit:?}") };
    assert!(bytes > limits::FUNCTION_POLICY_BYTES_MAX);
}
