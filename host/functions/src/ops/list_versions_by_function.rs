//! ListVersionsByFunction: the function as it is now, then its versions by number.
//!
//! A marker is sealed: version (1), then the last number of the page before, big-endian; 0 is the function as it is now.

use std::sync::Arc;

use domain::limits;
use serde::Serialize;
use wire::rest::{FromRequest, Json, Method, Request};
use wire::shape::{Int, Text};
use wire::token::Purpose;
use wire::{Caller, Check, Checks, Failure, Resource, RestOperation};

use super::Service;
use super::list_functions::{MAX_ITEMS, page};
use super::rules;
use super::shapes::FunctionConfiguration;
use super::target::Target;
use crate::function::Function;
use crate::{Error, Result};

const MARKER_VERSION: u8 = 1;

pub(super) struct ListVersionsByFunction;

impl RestOperation for ListVersionsByFunction {
    const NAME: &str = "ListVersionsByFunction";
    const ACTION: &str = "lambda:ListVersionsByFunction";
    const METHOD: Method = Method::Get;
    const PATH: &str = "/2015-03-31/functions/{FunctionName}/versions";
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Output = Json<Output>;
    type Error = Error;

    async fn resources(
        functions: &Service,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        Ok(vec![input.target().resource(functions, caller, Self::ACTION)])
    }

    async fn run(
        functions: &Service,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output> {
        let name = input.target().unqualified_name(caller)?;
        let latest = functions.function(caller.account, &caller.region, &name)?;
        let after = input.marker.as_ref().map(|marker| {
            let content = functions.open_token(Purpose::ListVersions, marker.as_str())?;
            number_of(&content).ok_or(Error::Token)
        });
        let after: Option<u64> = after.transpose()?;
        let limit = page(input.max_items, limits::LIST_FUNCTIONS_PAGE);
        let first = Arc::clone(&latest);
        let (page, more) = functions.functions.look(|index| {
            let versions = index.versions(&latest.facts.arn());
            let all = std::iter::once((0, first)).chain(versions);
            let mut rest = all.filter(|(number, _)| after.is_none_or(|after| *number > after));
            let page: Vec<(u64, Arc<Function>)> = rest.by_ref().take(limit).collect();
            (page, rest.next().is_some())
        });
        let last = page.last().filter(|_| more);
        let next_marker = last.map(|(number, _)| {
            let content = [&[MARKER_VERSION][..], &number.to_be_bytes()].concat();
            functions.seal(Purpose::ListVersions, &content)
        });
        let versions = page.iter().map(|(_, it)| FunctionConfiguration::qualified(it)).collect();
        Ok(Json(Output { next_marker, versions }))
    }
}

fn number_of(content: &[u8]) -> Option<u64> {
    let number = content.strip_prefix(&[MARKER_VERSION])?;
    number.try_into().ok().map(u64::from_be_bytes)
}

#[derive(Debug)]
pub(super) struct Input<'a> {
    function_name: Option<Text<'a>>,
    marker: Option<Text<'a>>,
    max_items: Option<Int>,
}

impl<'a> FromRequest<'a> for Input<'a> {
    fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        Ok(Self {
            function_name: request.label("FunctionName"),
            marker: request.query("Marker").filter(|marker| !marker.as_str().is_empty()),
            max_items: request.query_int("MaxItems")?,
        })
    }
}

impl Input<'_> {
    fn target(&self) -> Target<'_> {
        Target::new(&self.function_name)
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        self.target().check(checks, rules::NAMESPACED_FUNCTION);
        checks.number("maxItems", self.max_items.map(|Int(count)| count), 1, MAX_ITEMS);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    versions: Vec<FunctionConfiguration>,
}
