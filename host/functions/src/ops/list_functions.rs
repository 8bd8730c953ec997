//! ListFunctions: the caller's functions in a region by name, with all of their versions or without.
//!
//! A marker is sealed: version (1), the last number of the page before, big-endian, and the last name; 0 is a function as
//! it is now.

use domain::{FunctionName, limits};
use serde::Serialize;
use wire::rest::{FromRequest, Json, Method, Request};
use wire::shape::{Int, Text};
use wire::token::Purpose;
use wire::{Caller, Check, Checks, Failure, Resource, RestOperation};

use super::Service;
use super::shapes::FunctionConfiguration;
use crate::{Error, Result};

const MARKER_VERSION: u8 = 2;
/// What `MaxItems` may be at most (Lambda model).
pub(super) const MAX_ITEMS: i64 = 10_000;

pub(super) struct ListFunctions;

impl RestOperation for ListFunctions {
    const NAME: &str = "ListFunctions";
    const ACTION: &str = "lambda:ListFunctions";
    const METHOD: Method = Method::Get;
    const PATH: &str = "/2015-03-31/functions";
    const DIFFERS: &str = "MasterRegion changes nothing: no function is copied from elsewhere.";
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Output = Json<Output>;
    type Error = Error;

    async fn resources(_: &Service, _: &Caller, _: &Self::Input<'_>) -> Result<Vec<Resource>> {
        // The action knows no resource.
        Ok(vec![Resource::any(Self::ACTION)])
    }

    async fn run(
        functions: &Service,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output> {
        let after = input.marker.as_ref().map(|marker| {
            let content = functions.open_token(Purpose::ListFunctions, marker.as_str())?;
            place_of(&content).ok_or(Error::Token)
        });
        let after: Option<(FunctionName, u64)> = after.transpose()?;
        let limit = page(input.max_items, limits::LIST_FUNCTIONS_PAGE);
        let with_versions = input.function_version.is_some();
        let (page, more) = functions.functions.look(|index| {
            let all = index.each_version(caller.account, &caller.region, after.as_ref());
            let mut found = all.filter(|it| with_versions || it.published.is_none());
            let page: Vec<_> = found.by_ref().take(limit).cloned().collect();
            (page, found.next().is_some())
        });
        let last = page.last().filter(|_| more);
        let next_marker = last.map(|function| {
            let number = function.published.as_ref().map_or(0, |it| it.number).to_be_bytes();
            let name = function.facts.name.as_str().as_bytes();
            let content = [&[MARKER_VERSION], &number[..], name].concat();
            functions.seal(Purpose::ListFunctions, &content)
        });
        let shown = page.iter().map(|function| match with_versions {
            true => FunctionConfiguration::qualified(function),
            false => (&**function).into(),
        });
        Ok(Json(Output { next_marker, functions: shown.collect() }))
    }
}

/// How many entries a page has: as many as are asked for, but not more than AWS gives.
pub(super) fn page(asked: Option<Int>, max: usize) -> usize {
    let asked = asked.and_then(|Int(count)| usize::try_from(count).ok());
    max.min(asked.unwrap_or(max))
}

fn place_of(content: &[u8]) -> Option<(FunctionName, u64)> {
    let (number, name) = content.strip_prefix(&[MARKER_VERSION])?.split_first_chunk()?;
    let name = std::str::from_utf8(name).ok()?.parse().ok()?;
    Some((name, u64::from_be_bytes(*number)))
}

#[derive(Debug)]
pub(super) struct Input<'a> {
    marker: Option<Text<'a>>,
    max_items: Option<Int>,
    function_version: Option<Text<'a>>,
}

impl<'a> FromRequest<'a> for Input<'a> {
    fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        Ok(Self {
            marker: request.query("Marker").filter(|marker| !marker.as_str().is_empty()),
            max_items: request.query_int("MaxItems")?,
            function_version: request.query("FunctionVersion"),
        })
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        let version = self.function_version.as_ref().map(Text::as_str);
        checks.choice("functionVersion", version, &["ALL"]);
        checks.number("maxItems", self.max_items.map(|Int(count)| count), 1, MAX_ITEMS);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    functions: Vec<FunctionConfiguration>,
}
