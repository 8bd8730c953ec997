//! The parts of any ARN.

use crate::AccountId;

/// `arn:<partition>:<service>:<region>:<account>:<resource>`, taken apart and not checked any further: a part may be empty,
/// and only the resource may have colons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArnParts<'a> {
    /// `aws`, or a partition of it.
    pub partition: &'a str,
    /// Whose resource it is: `kinesis`, for example.
    pub service: &'a str,
    /// Empty where resources are of no region.
    pub region: &'a str,
    /// Twelve digits, or empty where resources are of no account.
    pub account: &'a str,
    /// What it is and its name.
    pub resource: &'a str,
}

impl<'a> ArnParts<'a> {
    /// The parts; `None` if there are not as many, or the first is another one.
    pub fn of(text: &'a str) -> Option<Self> {
        let mut parts = text.strip_prefix("arn:")?.splitn(5, ':');
        let (partition, service) = (parts.next()?, parts.next()?);
        let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self { partition, service, region, account, resource })
    }

    /// Whether it is one of this service, in any of AWS's partitions.
    pub fn is_of(&self, service: &str) -> bool {
        self.partition.starts_with("aws") && self.service == service
    }

    /// The account, if it is one.
    pub fn owner(&self) -> Option<AccountId> {
        self.account.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_parts_and_the_last_takes_what_is_left() {
        let parts = ArnParts::of("arn:aws-cn:lambda:cn-north-1:123456789012:function:f:7").unwrap();
        assert_eq!((parts.partition, parts.region), ("aws-cn", "cn-north-1"));
        assert_eq!(parts.resource, "function:f:7");
        assert_eq!(parts.owner().map(|it| it.to_string()).as_deref(), Some("123456789012"));
        assert!(parts.is_of("lambda") && !parts.is_of("kinesis"));
        let bucket = ArnParts::of("arn:aws:s3:::b").unwrap();
        assert_eq!((bucket.region, bucket.owner(), bucket.resource), ("", None, "b"));
    }

    #[test]
    fn anything_else_has_none() {
        for text in ["", "arn", "arn:", "arn:a:b:c:d", "a:b:c:d:e:f", "Arn:a:b:c:d:e", "*"] {
            assert_eq!(ArnParts::of(text), None, "{text}");
        }
    }
}
