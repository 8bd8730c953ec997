//! `Resource` and `NotResource`: ARNs with wildcards and variables.

use super::error::Problem;
use super::facts::Facts;
use super::glob::{self, Effort};
use super::template::{Segments, Template, Version};

/// One entry of `Resource` or `NotResource`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Resource {
    /// `*`
    All,
    Arn(Template),
}

impl Resource {
    pub(super) fn parse(text: &str, version: Version) -> Result<Self, Problem> {
        if text == "*" {
            return Ok(Self::All);
        }
        let malformed = || Problem::Resource(text.to_owned());
        let rest = text.strip_prefix("arn:").ok_or_else(malformed)?;
        let (partition, rest) = rest.split_once(':').ok_or_else(malformed)?;
        let (service, rest) = rest.split_once(':').ok_or_else(malformed)?;
        // Two more parts and a resource, unless a wildcard at the end stands for them.
        let is_complete = rest.splitn(3, ':').count() == 3;
        if partition.is_empty() || !(is_complete || text.ends_with('*')) {
            return Err(malformed());
        }
        if service.is_empty() || service.contains(['*', '?', '$']) {
            return Err(Problem::ResourceService(text.to_owned()));
        }
        let template = Template::parse_arn(text, version, Segments::LastStarCrosses)?;
        if template.varies_before_resource() {
            return Err(Problem::ResourceVariable(text.to_owned()));
        }
        Ok(Self::Arn(template))
    }

    /// `None` if the request does not have what a variable stands for.
    pub(super) fn matches(&self, facts: &Facts<'_>) -> Option<bool> {
        match self {
            Self::All => Some(true),
            Self::Arn(template) => {
                let pattern = template.resolve(facts)?;
                Some(glob::matches(&pattern, facts.request.resource, &facts.effort))
            }
        }
    }

    /// Whether it is this resource, whoever asks for it.
    pub(super) fn names(&self, arn: &str, effort: &Effort) -> bool {
        match self {
            Self::All => true,
            Self::Arn(template) => {
                template.fixed().is_some_and(|pattern| glob::matches(pattern, arn, effort))
            }
        }
    }

    /// A variable that has no value in this request, if there is one.
    pub(super) fn unresolved(&self, facts: &Facts<'_>) -> Option<&str> {
        match self {
            Self::All => None,
            Self::Arn(template) => template.unresolved(facts),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_an_arn_or_everything() {
        let good = [
            "*",
            "arn:aws:kinesis:us-east-1:123456789012:stream/s",
            "arn:*:kinesis:*:*:stream/*",
            "arn:aws:kinesis:*",
            "arn:aws:s3:::bucket/${aws:username}/*",
            "arn:aws:lambda:us-east-1:123456789012:function:f:1",
        ];
        for text in good {
            assert!(Resource::parse(text, Version::V2012).is_ok(), "{text}");
        }
        for text in ["", "**", "stream/s", "arn:aws:kinesis", "arn:aws:kinesis:us-east-1", "ARN:*"]
        {
            let expected = Err(Problem::Resource(text.to_owned()));
            assert_eq!(Resource::parse(text, Version::V2012), expected);
        }
        for text in ["arn:aws:*:*:*:*", "arn:aws:kin?sis:*", "arn:aws::*:*:x", "arn:aws:${aws:x}:*"]
        {
            let expected = Err(Problem::ResourceService(text.to_owned()));
            assert_eq!(Resource::parse(text, Version::V2012), expected);
        }
        let text = "arn:aws:kinesis:${aws:RequestedRegion}:1:stream/s";
        let expected = Err(Problem::ResourceVariable(text.to_owned()));
        assert_eq!(Resource::parse(text, Version::V2012), expected);
    }
}
