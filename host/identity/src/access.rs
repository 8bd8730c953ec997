//! The decision over every resource at a door that has no directory: an account has nobody but its root.
//!
//! An account's root may do everything to the resources of that account. Everything else is refused: other
//! accounts' resources, because no policy of theirs can allow it yet, and callers that are not a root.
//! The answer does not depend on whether the resource exists.

use async_trait::async_trait;
use wire::{Authorizer, Caller, Denied, Resource};

use crate::directory::{is_of, is_root, refusal};

/// Allows each root its own account and nothing else.
#[derive(Clone, Copy, Debug, Default)]
pub struct RootOnly;

#[async_trait]
impl Authorizer for RootOnly {
    async fn authorize(&self, caller: &Caller, asked: &Resource) -> Result<(), Denied> {
        let missing = match (is_of(caller.account, &asked.arn), is_root(caller)) {
            (true, true) => return Ok(()),
            (true, false) => "identity-based",
            (false, _) => "resource-based",
        };
        Err(Denied { message: refusal(&caller.principal, asked.action, &asked.arn, missing) })
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn ask(principal: &str, resource: &str) -> Result<(), Denied> {
        let caller = Caller {
            account: "123456789012".parse().unwrap(),
            region: "us-east-1".parse().unwrap(),
            principal: principal.to_owned(),
            access_key_id: "k".to_owned(),
            origin: wire::Origin::default(),
            request_id: String::new(),
        };
        let asked = Resource::new("kinesis:PutRecord", resource);
        let answer = pin!(RootOnly.authorize(&caller, &asked));
        match answer.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => answer,
            Poll::Pending => panic!("nothing to wait for"),
        }
    }

    const ROOT: &str = "arn:aws:iam::123456789012:root";

    #[test]
    fn root_may_do_everything_at_home() {
        assert_eq!(ask(ROOT, "*"), Ok(()));
        let own = "arn:aws:kinesis:us-east-1:123456789012:stream/s";
        assert_eq!(ask(ROOT, own), Ok(()));
        assert_eq!(ask(ROOT, "arn:aws:s3:::bucket/name"), Ok(()), "what is elsewhere");
    }

    #[test]
    fn everybody_else_is_refused_in_the_words_of_aws() {
        let foreign = "arn:aws:kinesis:us-east-1:210987654321:stream/s";
        let message = ask(ROOT, foreign).unwrap_err().message;
        assert_eq!(
            message,
            "User: arn:aws:iam::123456789012:root is not authorized to perform: kinesis:PutRecord on \
             resource: arn:aws:kinesis:us-east-1:210987654321:stream/s because no resource-based policy \
             allows the kinesis:PutRecord action"
        );
        for resource in
            ["", "arn:aws", "123456789012", "arn:aws:iam:::user/u", "a:b:c:d:123456789012:x"]
        {
            assert!(ask(ROOT, resource).is_err(), "{resource}");
        }
        let denied = ask("arn:aws:iam::123456789012:user/u", "*").unwrap_err();
        assert!(denied.message.contains("no identity-based policy"));
        assert!(ask("arn:aws:iam::210987654321:root", "*").is_err());
    }
}
