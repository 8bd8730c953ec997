//! Policies, and the requests that they decide about: both come from strangers.
//!
//! An input is a policy, an empty line, and a request: a line with action and resource, then a line `key=value` for
//! each thing that is known about it.

use std::sync::Arc;

use identity::policy::{
    Context, Decision, Policy, Principal, PrincipalKind, Request, ResourcePolicy, evaluate,
};

const ACCOUNT: &str = "123456789012";

pub(super) fn run(bytes: &[u8]) {
    let _ = allows(bytes);
}

/// Whether somebody may do what is asked.
fn allows(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let (policy, asked) = text.split_once("\n\n").unwrap_or((&text, ""));
    let (identity, resource) = (Policy::parse(policy), ResourcePolicy::parse(policy));
    for error in identity.as_ref().err().iter().chain(resource.as_ref().err().iter()) {
        assert!(!error.to_string().is_empty());
    }
    let resource = resource.ok();
    let mut lines = asked.lines();
    let (action, resource_arn) =
        lines.next().and_then(|line| line.split_once(' ')).unwrap_or_default();
    let context = lines.filter_map(|line| line.split_once('='));
    let context =
        context.fold(Context::new(), |context, (key, value)| context.with_more(key, [value]));
    let identity: Vec<Arc<Policy>> = identity.ok().into_iter().map(Arc::new).collect();
    let mut is_allowed = false;
    for principal in principals() {
        let request =
            Request { principal: &principal, action, resource: resource_arn, context: &context };
        let decision = evaluate(&identity, resource.as_ref(), &request);
        assert_eq!(decision, evaluate(&identity, resource.as_ref(), &request));
        match decision {
            Decision::Allow(_) => is_allowed |= principal.kind != PrincipalKind::Root,
            Decision::Deny(denial) => {
                assert!(denial.message(&request).starts_with("User: arn:aws:"));
            }
        }
    }
    is_allowed
}

fn principals() -> [Principal; 3] {
    let root = Principal {
        account: ACCOUNT.parse().expect("twelve digits"),
        arn: format!("arn:aws:iam::{ACCOUNT}:root"),
        id: ACCOUNT.to_owned(),
        kind: PrincipalKind::Root,
        name: None,
        tags: Vec::new(),
    };
    let user = Principal {
        arn: format!("arn:aws:iam::{ACCOUNT}:user/ann"),
        id: "AIDAANN".to_owned(),
        kind: PrincipalKind::User,
        name: Some("ann".to_owned()),
        tags: vec![("team".to_owned(), "blue".to_owned())],
        ..root.clone()
    };
    let session = Principal {
        account: "210987654321".parse().expect("twelve digits"),
        arn: "arn:aws:sts::210987654321:assumed-role/reader/ann".to_owned(),
        id: "AROAREADER:ann".to_owned(),
        kind: PrincipalKind::Role,
        name: Some("reader".to_owned()),
        tags: Vec::new(),
    };
    [root, user, session]
}

pub(super) fn seeds() -> Vec<(String, Vec<u8>)> {
    let own = r#"{"Version":"2012-10-17","Id":"p","Statement":[
{"Sid":"put","Effect":"Allow","Action":["kinesis:Put*","kinesis:Get?ecords"],
"Resource":"arn:aws:kinesis:*:123456789012:stream/${aws:PrincipalTag/team}-*",
"Condition":{"StringEqualsIgnoreCase":{"aws:PrincipalTag/team":"BLUE"},"IpAddress":{"aws:SourceIp":["10.0.0.0/8","::1"]},
"Bool":{"aws:SecureTransport":"true"},"DateLessThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"},
"NumericGreaterThanEquals":{"aws:MultiFactorAuthAge":"-1.5"},"Null":{"aws:SourceVpce":"true"}}},
{"Effect":"Deny","NotAction":"kinesis:*","NotResource":["arn:aws:kinesis:::*","*"]}]}

kinesis:PutRecord arn:aws:kinesis:us-east-1:123456789012:stream/blue-1
aws:SourceIp=10.1.2.3
aws:SecureTransport=true
aws:CurrentTime=2026-11-27T00:00:00Z
aws:MultiFactorAuthAge=7"#;
    let resource = r#"{"Version":"2008-10-17","Statement":{"Effect":"Allow",
"Principal":{"AWS":["210987654321","arn:aws:iam::123456789012:user/ann"]},"Action":"kinesis:*","Resource":"*",
"Condition":{"ForAnyValue:StringLike":{"aws:TagKeys":["a*","?"]},"StringNotEqualsIfExists":{"aws:UserAgent":"x"},
"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/*"}}}}

kinesis:DescribeStream arn:aws:kinesis:us-east-1:123456789012:stream/orders
aws:TagKeys=abc
aws:UserAgent=Botocore"#;
    let seeds = [("identity", own), ("resource", resource)];
    for (name, text) in seeds {
        assert!(allows(text.as_bytes()), "{name} allows what it asks");
    }
    seeds.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).into()
}
