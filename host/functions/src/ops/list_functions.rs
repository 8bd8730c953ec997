//! ListFunctions: the caller's functions in a region, by name.
//!
//! A marker is sealed: version (1), then the last name of the page before.

use domain::{FunctionName, limits};
use serde::Serialize;
use wire::rest::{FromRequest, Json, Method, Request};
use wire::shape::{Int, Text};
use wire::token::Purpose;
use wire::{Caller, Check, Checks, Failure, Resource, RestOperation};

use super::Service;
use super::shapes::FunctionConfiguration;
use crate::{Error, Result};

const MARKER_VERSION: u8 = 1;
/// What `MaxItems` may be at most (Lambda model).
pub(super) const MAX_ITEMS: i64 = 10_000;

pub(super) struct ListFunctions;

impl RestOperation for ListFunctions {
    const NAME: &str = "ListFunctions";
    const ACTION: &str = "lambda:ListFunctions";
    const METHOD: Method = Method::Get;
    const PATH: &str = "/2015-03-31/functions";
    const DIFFERS: &str = "FunctionVersion and MasterRegion change nothing: a function has no version but \
        $LATEST, and none is copied from elsewhere.";
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
            name_of(&content).ok_or(Error::Token)
        });
        let after: Option<FunctionName> = after.transpose()?;
        let limit = page(input.max_items, limits::LIST_FUNCTIONS_PAGE);
        let (page, more) = functions.functions.look(|index| {
            let mut found = index.list(caller.account, &caller.region, after.as_ref());
            let page: Vec<_> = found.by_ref().take(limit).cloned().collect();
            (page, found.next().is_some())
        });
        let last = page.last().filter(|_| more);
        let next_marker = last.map(|function| {
            let content = [&[MARKER_VERSION], function.facts.name.as_str().as_bytes()].concat();
            functions.seal(Purpose::ListFunctions, &content)
        });
        let shown = page.iter().map(|function| (&**function).into()).collect();
        Ok(Json(Output { next_marker, functions: shown }))
    }
}

/// How many entries a page has: as many as are asked for, but not more than AWS gives.
pub(super) fn page(asked: Option<Int>, max: usize) -> usize {
    let asked = asked.and_then(|Int(count)| usize::try_from(count).ok());
    max.min(asked.unwrap_or(max))
}

fn name_of(content: &[u8]) -> Option<FunctionName> {
    let name = content.strip_prefix(&[MARKER_VERSION])?;
    std::str::from_utf8(name).ok()?.parse().ok()
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
