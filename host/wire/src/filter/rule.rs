//! What a pattern asks, and whether it holds (pure).

use super::node::{Node, Scalar};

/// What is asked of one object.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Level {
    /// The names that are looked at.
    pub(super) names: Vec<String>,
    pub(super) rule: Rule,
}

/// A condition on an object.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Rule {
    All(Vec<Rule>),
    Any(Vec<Rule>),
    /// What is under the name at this place is such an object.
    Within(usize, Box<Level>),
    /// What is under the name at this place passes one of the tests.
    Value(usize, Vec<Test>),
}

impl Default for Rule {
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

/// A condition on a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    Is(Scalar),
    Prefix(String),
    Suffix(String),
    /// In lower case.
    IgnoringCase(String),
    Not(Vec<Scalar>),
    /// All of them hold.
    Numeric(Vec<(Compare, f64)>),
    Exists,
    /// Nothing in the whole record stands at this path.
    Absent(Vec<String>),
}

/// How two numbers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compare {
    Equal,
    Below,
    AtMost,
    Above,
    AtLeast,
}

impl Level {
    /// Whether the pattern holds of `node`, an object of the record `root`.
    pub(super) fn holds(&self, root: Node<'_>, node: Node<'_>) -> bool {
        let values = node.members(&self.names);
        self.rule.holds(root, &values)
    }
}

impl Rule {
    fn holds(&self, root: Node<'_>, values: &[Option<Node<'_>>]) -> bool {
        let value = |place: &usize| values.get(*place).copied().flatten();
        match self {
            Self::All(rules) => rules.iter().all(|rule| rule.holds(root, values)),
            Self::Any(rules) => rules.iter().any(|rule| rule.holds(root, values)),
            Self::Within(place, level) => match value(place) {
                Some(node) => node.any(&mut |item| item.is_json() && level.holds(root, item)),
                // What is asked of it may be that something is not there.
                None => level.holds(root, Node::Members(&[])),
            },
            Self::Value(place, tests) => tests.iter().any(|test| test.holds(root, value(place))),
        }
    }
}

impl Test {
    fn holds(&self, root: Node<'_>, value: Option<Node<'_>>) -> bool {
        if let Self::Absent(path) = self {
            return !is_present(root, path);
        }
        value.is_some_and(|value| {
            value.any(&mut |item| item.scalar().is_some_and(|scalar| self.passes(&scalar)))
        })
    }

    fn passes(&self, scalar: &Scalar) -> bool {
        match (self, scalar) {
            (Self::Is(expected), _) => expected == scalar,
            (Self::Not(refused), _) => !refused.contains(scalar),
            (Self::Exists, _) => true,
            (Self::Prefix(prefix), Scalar::Text(text)) => text.starts_with(prefix.as_str()),
            (Self::Suffix(suffix), Scalar::Text(text)) => text.ends_with(suffix.as_str()),
            (Self::IgnoringCase(lower), Scalar::Text(text)) => text.to_lowercase() == *lower,
            (Self::Numeric(bounds), Scalar::Number(text)) => {
                let number: Option<f64> = text.parse().ok();
                let number = number.unwrap_or(f64::NAN);
                bounds.iter().all(|(compare, bound)| compare.holds(number, *bound))
            }
            (Self::Prefix(_) | Self::Suffix(_) | Self::IgnoringCase(_), _) => false,
            (Self::Numeric(_) | Self::Absent(_), _) => false,
        }
    }
}

impl Compare {
    fn holds(self, number: f64, bound: f64) -> bool {
        match self {
            #[expect(clippy::float_cmp, reason = "it is what was asked")]
            Self::Equal => number == bound,
            Self::Below => number < bound,
            Self::AtMost => number <= bound,
            Self::Above => number > bound,
            Self::AtLeast => number >= bound,
        }
    }
}

/// Whether a value stands at the path, in whatever item of the lists on the way.
fn is_present(node: Node<'_>, path: &[String]) -> bool {
    node.any(&mut |item| match path.split_first() {
        None => !item.is_object(),
        Some((name, rest)) => {
            let members = item.members(std::slice::from_ref(name));
            members.into_iter().flatten().any(|member| is_present(member, rest))
        }
    })
}
