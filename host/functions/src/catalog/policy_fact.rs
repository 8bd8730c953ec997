//! How policies of functions are stored.
//!
//! | key | value |
//! |---|---|
//! | `q` account (8) region `0` name `0` qualifier | a policy; the qualifier is empty if it hangs on the function itself |
//!
//! The page `host/docs/formats/functions.md` is the reference.

use bytes::Bytes;
use domain::Qualifier;
use storage::codec::{Decoded, Reader, Writer};

use crate::sharing::{Conditions, Policy, Principal, Statement};

const VERSION: u8 = 1;

/// What stands behind the name in the key of a policy.
pub(super) fn qualifier_text(qualifier: Option<&Qualifier>) -> String {
    qualifier.map(ToString::to_string).unwrap_or_default()
}

pub(super) fn decode_qualifier(text: &str) -> Option<Option<Qualifier>> {
    if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) }
}

pub(super) fn encode(policy: &Policy) -> Bytes {
    let mut value = Writer::new(VERSION);
    let statements = policy.statements();
    let count = u8::try_from(statements.len()).expect("a policy of 20 KB has few statements");
    value.u8(count);
    for Statement { sid, action, principal, conditions } in statements {
        value.text(sid);
        value.text(action);
        value.text(principal.as_str());
        value.optional_text(conditions.event_source_token.as_deref());
        value.optional_text(conditions.organization.as_deref());
        value.optional_text(conditions.source_account.as_deref());
        value.optional_text(conditions.source_arn.as_deref());
    }
    value.finish()
}

/// The policy of what has this ARN.
pub(super) fn decode(arn: String, value: &[u8]) -> Decoded<Policy> {
    let mut reader = Reader::new(VERSION, value)?;
    let count = reader.u8()?;
    let statements: Decoded<Vec<_>> = (0..count).map(|_| decode_statement(&mut reader)).collect();
    let statements = statements?;
    reader.end()?;
    Ok(Policy::new(statements, arn))
}

fn decode_statement(reader: &mut Reader<'_>) -> Decoded<Statement> {
    let (sid, action, principal) = (reader.text()?, reader.text()?, reader.text()?);
    let unknown = || format!("principal {principal:?} is not known");
    let principal = Principal::parse(&principal).ok_or_else(unknown)?;
    let conditions = Conditions {
        event_source_token: reader.optional_text()?,
        organization: reader.optional_text()?,
        source_account: reader.optional_text()?,
        source_arn: reader.optional_text()?,
    };
    Ok(Statement { sid, action, principal, conditions })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";

    fn statements() -> Vec<Statement> {
        let principal = Principal::parse("210987654321").unwrap();
        let statement = |sid: &str, conditions| Statement {
            sid: sid.to_owned(),
            action: "lambda:InvokeFunction".to_owned(),
            principal: principal.clone(),
            conditions,
        };
        let conditions = Conditions {
            event_source_token: None,
            organization: Some("o-abcdefghij".to_owned()),
            source_account: None,
            source_arn: Some("arn:aws:s3:::b".to_owned()),
        };
        vec![statement("a", Conditions::default()), statement("b", conditions)]
    }

    /// A policy as version 1 writes it.
    fn stored() -> Vec<u8> {
        let named = |sid: &[u8]| {
            let principal = b"\x1e\0arn:aws:iam::210987654321:root";
            [b"\x01\0", sid, b"\x15\0lambda:InvokeFunction", &principal[..]].concat()
        };
        let plain = [named(b"a"), b"\0\0\0\0".to_vec()].concat();
        let bound = b"\0\x01\x0c\0o-abcdefghij\0\x01\x0e\0arn:aws:s3:::b".to_vec();
        [b"\x01\x02".to_vec(), plain, named(b"b"), bound].concat()
    }

    #[test]
    fn stored_policies_are_read_for_ever() {
        let read = decode(ARN.to_owned(), &stored()).unwrap();
        assert_eq!(read.statements(), statements());
        assert_eq!(encode(&read), stored());
        assert!(read.document().contains(&format!(r#""Resource":"{ARN}""#)));
        for at in 0..stored().len() {
            assert!(decode(ARN.to_owned(), &stored()[..at]).is_err(), "{at}");
        }
        let long = [&stored()[..], b"\0"].concat();
        assert!(decode(ARN.to_owned(), &long).is_err());
    }

    proptest! {
        #[test]
        fn changed_bytes_never_panic(at in 0usize..300, byte: u8) {
            let mut value = stored();
            let length = value.len();
            value[at % length] = byte;
            let _ = decode(ARN.to_owned(), &value);
        }
    }
}
