//! What a policy is asked about.

use domain::{AccountId, ArnParts};

use crate::AttachedPolicy;

/// An action on a resource, and what else a policy may make its answer depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The IAM action, `kinesis:PutRecord`.
    pub action: &'static str,
    /// The ARN, or `*` where the action knows no resource.
    pub arn: String,
    /// Condition keys that only the service knows, with their values: `aws:ResourceTag/team` is `a`. A key
    /// that is not here is absent from the request, as far as policies are concerned.
    pub conditions: Vec<(String, Vec<String>)>,
    /// The policy of the resource itself, if it has one that speaks about this action. It can let in callers of other
    /// accounts: only where there is such a policy is anything of another account looked up.
    pub policy: Option<AttachedPolicy>,
    /// The exception that a refusal is told with.
    pub exception: &'static str,
}

impl Resource {
    /// An action on a resource of which no condition is known.
    pub fn new(action: &'static str, arn: impl Into<String>) -> Self {
        let exception = "AccessDeniedException";
        Self { action, arn: arn.into(), conditions: Vec::new(), policy: None, exception }
    }

    /// An action that knows no resource.
    pub fn any(action: &'static str) -> Self {
        Self::new(action, "*")
    }

    /// The account that owns it, as its ARN says.
    pub fn account(&self) -> Option<AccountId> {
        ArnParts::of(&self.arn)?.owner()
    }

    /// With an exception of its own for a refusal.
    #[must_use]
    pub fn refused_with(mut self, exception: &'static str) -> Self {
        self.exception = exception;
        self
    }

    /// With a condition key that has one value.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.conditions.push((key.into(), vec![value.into()]));
        self
    }

    /// With the tags that the resource has: `aws:ResourceTag/..`.
    #[must_use]
    pub fn tagged<K: AsRef<str>, V: AsRef<str>>(
        mut self,
        tags: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        for (key, value) in tags {
            let key = format!("aws:ResourceTag/{}", key.as_ref());
            self.conditions.push((key, vec![value.as_ref().to_owned()]));
        }
        self
    }

    /// With the policy of the resource.
    #[must_use]
    pub fn with_policy(self, policy: Option<AttachedPolicy>) -> Self {
        Self { policy, ..self }
    }

    /// With the tags that the call brings, as `aws:RequestTag/..` and `aws:TagKeys`. A call that takes tags
    /// away brings keys without values: see [`Resource::with_tag_keys`].
    #[must_use]
    pub fn bringing<K: AsRef<str>, V: AsRef<str>>(
        mut self,
        tags: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let mut keys = Vec::new();
        for (key, value) in tags {
            let name = format!("aws:RequestTag/{}", key.as_ref());
            self.conditions.push((name, vec![value.as_ref().to_owned()]));
            keys.push(key.as_ref().to_owned());
        }
        self.with_tag_keys(keys)
    }

    /// With the keys of tags that the call is about: `aws:TagKeys`; absent if there are none.
    #[must_use]
    pub fn with_tag_keys(mut self, keys: Vec<String>) -> Self {
        if !keys.is_empty() {
            self.conditions.push(("aws:TagKeys".to_owned(), keys));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_become_condition_keys() {
        let asked = Resource::new("kinesis:AddTagsToStream", "arn:aws:kinesis:r:a:stream/s")
            .tagged([("team", "a")])
            .bringing([("cost", "1"), ("stage", "test")]);
        let one = |key: &str, value: &str| (key.to_owned(), vec![value.to_owned()]);
        let keys = ("aws:TagKeys".to_owned(), vec!["cost".to_owned(), "stage".to_owned()]);
        let expected = [
            one("aws:ResourceTag/team", "a"),
            one("aws:RequestTag/cost", "1"),
            one("aws:RequestTag/stage", "test"),
            keys,
        ];
        assert_eq!(asked.conditions, expected);
        let none: [(&str, &str); 0] = [];
        assert_eq!(Resource::any("kinesis:ListStreams").bringing(none).conditions, []);
    }
}
