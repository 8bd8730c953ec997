//! Shapes that several operations share.

use domain::Region;
use serde::{Deserialize, Serialize};
use wire::Checks;
use wire::shape::{List, Structure, Text};

use super::rules;
use crate::Name;
use domain::limits::METRIC_DIMENSIONS_MAX;

/// Dimensions as they come: one more than is valid is kept.
pub(super) type Dimensions<'a> = List<Structure<Dimension<'a>>, { METRIC_DIMENSIONS_MAX + 1 }>;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Dimension<'a> {
    #[serde(borrow)]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) value: Option<Text<'a>>,
}

/// The elements of a list that are there.
pub(super) fn each<T, const KEPT: usize>(
    list: &Option<List<Structure<T>, KEPT>>,
) -> impl Iterator<Item = &T> {
    list.iter().flat_map(List::kept).flatten().map(|Structure(element)| element)
}

pub(super) fn str<'t>(text: &'t Option<Text<'_>>) -> Option<&'t str> {
    text.as_ref().map(Text::as_str)
}

/// Checks dimensions at a path.
pub(super) fn check_dimensions(
    checks: &mut Checks,
    path: &str,
    dimensions: &Option<Dimensions<'_>>,
) {
    let Some(given) = dimensions else { return };
    let shown = format_args!("[{} dimensions]", given.count());
    checks.length(path, &shown, given.count(), 0, METRIC_DIMENSIONS_MAX);
    for (at, dimension) in each(dimensions).enumerate() {
        let path = |member| format!("{path}.{}.member.{member}", at + 1);
        checks.required(path("name"), dimension.name.as_ref());
        checks.text(path("name"), str(&dimension.name), rules::NAME);
        checks.required(path("value"), dimension.value.as_ref());
        checks.text(path("value"), str(&dimension.value), rules::DIMENSION_VALUE);
    }
}

/// What a metric is called by these members.
pub(super) fn name(
    region: &Region,
    namespace: &str,
    name: &str,
    dimensions: &Option<Dimensions<'_>>,
) -> Name {
    let text = |text: &Option<Text<'_>>| str(text).unwrap_or_default().to_owned();
    let pair = |it: &Dimension<'_>| (text(&it.name), text(&it.value));
    let mut dimensions: Vec<_> = each(dimensions).map(pair).collect();
    dimensions.sort_unstable();
    dimensions.dedup();
    let (namespace, name) = (namespace.to_owned(), name.to_owned());
    Name { region: region.clone(), namespace, name, dimensions }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DimensionOut {
    name: String,
    value: String,
}

impl From<&(String, String)> for DimensionOut {
    fn from((name, value): &(String, String)) -> Self {
        Self { name: name.clone(), value: value.clone() }
    }
}
