//! Which operation a method and a path stand for.
//!
//! Templates are those of the models: `/2015-03-31/functions/{FunctionName}/invocations`, a greedy label
//! `{Name+}` at the end, and parameters of the query that tell operations apart (`?List=ALL`). Segments are
//! compared as they are received: no client escapes a literal one, and a label is decoded only after it was
//! found, so that an escaped slash never ends a segment. One slash at the end makes no difference, because
//! models of different years write it differently. A literal segment goes before a label.

#[cfg(test)]
mod tests;

use super::Method;

/// A label of a path and what stands there, still encoded.
pub type Label<'a> = (&'static str, &'a str);

/// The operations of all paths.
#[derive(Debug)]
pub struct Paths<T> {
    /// The most specific first.
    bound: Vec<(Template, T)>,
}

/// An operation that was found.
#[derive(Debug, PartialEq, Eq)]
pub struct Found<'t, 'a, T> {
    /// What was inserted.
    pub value: &'t T,
    /// The labels, in the order of the path.
    pub labels: Vec<Label<'a>>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Template {
    segments: Vec<Segment>,
    query: Query,
    method: Method,
}

/// The order is that of preference.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Literal(&'static str),
    Label(&'static str),
    Greedy(&'static str),
}

/// The order is that of preference.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Query {
    Has(&'static str),
    Any,
}

impl<T> Default for Paths<T> {
    fn default() -> Self {
        Self { bound: Vec::new() }
    }
}

impl<T> Paths<T> {
    /// Binds a method and a template, which [`crate::Entry::rest`] has checked. The first of two that are the
    /// same is found.
    pub fn insert(&mut self, method: Method, template: &'static str, value: T) {
        let template = Template::parse(method, template);
        let at = self.bound.partition_point(|(other, _)| *other <= template);
        self.bound.insert(at, (template, value));
    }

    /// What the request line stands for, if anything. Costs a few comparisons for each template, however
    /// long the path is.
    pub fn find<'a>(&self, method: &str, path: &'a str, query: &str) -> Option<Found<'_, 'a, T>> {
        let matches = |(template, _): &&(Template, T)| template.matches(method, path, query);
        let (template, value) = self.bound.iter().find(matches)?;
        Some(Found { value, labels: template.labels(path) })
    }
}

impl Template {
    fn parse(method: Method, text: &'static str) -> Self {
        let (path, query) = text
            .split_once('?')
            .map_or((text, Query::Any), |(path, query)| (path, Query::Has(query)));
        let segments = segments(path).map(|text| {
            let label = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
            match label.map(|name| (name, name.strip_suffix('+'))) {
                None => Segment::Literal(text),
                Some((name, None)) => Segment::Label(name),
                Some((_, Some(name))) => Segment::Greedy(name),
            }
        });
        Self { segments: segments.collect(), query, method }
    }

    fn matches(&self, method: &str, path: &str, query: &str) -> bool {
        if self.method.as_str() != method {
            return false;
        }
        let mut rest = segments(path);
        for segment in &self.segments {
            let is_there = match (segment, rest.next()) {
                (_, None) => false,
                (Segment::Literal(text), Some(found)) => *text == found,
                (Segment::Label(_), Some(found)) => !found.is_empty(),
                (Segment::Greedy(_), Some(found)) => {
                    return (!found.is_empty() || rest.next().is_some()) && self.query.is_in(query);
                }
            };
            if !is_there {
                return false;
            }
        }
        rest.next().is_none() && self.query.is_in(query)
    }

    /// The labels of a path that matches.
    fn labels<'a>(&self, path: &'a str) -> Vec<Label<'a>> {
        let mut labels = Vec::new();
        let mut rest = path.strip_prefix('/').unwrap_or(path);
        for segment in &self.segments {
            let (found, tail) = rest.split_once('/').unwrap_or((rest, ""));
            match segment {
                Segment::Literal(_) => {}
                Segment::Label(name) => labels.push((*name, found)),
                Segment::Greedy(name) => {
                    labels.push((*name, rest.strip_suffix('/').unwrap_or(rest)));
                }
            }
            rest = tail;
        }
        labels
    }
}

impl Query {
    fn is_in(&self, query: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Has(parameter) => query.split('&').any(|text| text == *parameter),
        }
    }
}

/// The segments of a path, without the empty one behind a slash at the end.
fn segments(path: &str) -> std::str::Split<'_, char> {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.strip_suffix('/').unwrap_or(path).split('/')
}

/// Ends the compilation if a template is none: one that does not begin with a slash, has an empty segment, a
/// brace that is not at the edge of its segment, or something behind a greedy label.
#[expect(clippy::indexing_slicing, reason = "runs in the compiler, and within bounds")]
pub(crate) const fn assert_is_template(text: &str) {
    let bytes = text.as_bytes();
    assert!(!bytes.is_empty() && bytes[0] == b'/', "a path begins with a slash");
    let mut at = 1;
    let mut is_label = false;
    while at < bytes.len() && bytes[at] != b'?' {
        let is_end = at + 1 == bytes.len() || matches!(bytes[at + 1], b'/' | b'?');
        match bytes[at] {
            b'/' => assert!(bytes[at - 1] != b'/' && !is_label, "a segment is not empty"),
            b'{' => {
                assert!(bytes[at - 1] == b'/', "a label is a whole segment");
                is_label = true;
            }
            b'}' => {
                assert!(is_label && is_end && bytes[at - 1] != b'{', "a label is a whole segment");
                is_label = false;
                let is_greedy = bytes[at - 1] == b'+';
                let is_last = at + 1 == bytes.len() || bytes[at + 1] == b'?';
                assert!(!is_greedy || is_last, "a greedy label is the last segment");
            }
            _ => {}
        }
        at += 1;
    }
    assert!(!is_label, "a label ends");
}
