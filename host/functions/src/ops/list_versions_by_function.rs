//! ListVersionsByFunction: the function as it is now, then its versions by number.
//!
//! A marker has the last number of the page before; 0 is the function as it is now.

use std::sync::Arc;

use domain::limits;
use serde::Serialize;
use wire::rest::{FromRequest, Json, Method, Request};
use wire::shape::Text;
use wire::token::Purpose;
use wire::{Caller, Check, Checks, Failure, Resource, RestOperation};

use super::Service;
use super::paged::{List, MAX_ITEMS, Paging};
use super::rules;
use super::shapes::FunctionConfiguration;
use super::target::Target;
use crate::{Error, Result};

const LIST: List = List {
    markers: Purpose::ListVersions,
    version: 1,
    page: limits::LIST_FUNCTIONS_PAGE,
    max_items: MAX_ITEMS,
};

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
        let after: Option<u64> = input.paging.after(functions, LIST)?;
        let first = Arc::clone(&latest);
        let page = functions.functions.look(|index| {
            let versions = index.versions(&latest.facts.arn());
            let all = std::iter::once((0, first)).chain(versions);
            let rest = all.filter(|(number, _)| after.is_none_or(|after| *number > after));
            input.paging.page(LIST, rest)
        });
        let next_marker = page.next_marker(functions, |(number, _)| *number);
        let shown = page.entries().iter().map(|(_, it)| FunctionConfiguration::qualified(it));
        Ok(Json(Output { next_marker, versions: shown.collect() }))
    }
}

#[derive(Debug)]
pub(super) struct Input<'a> {
    function_name: Option<Text<'a>>,
    paging: Paging<'a>,
}

impl<'a> FromRequest<'a> for Input<'a> {
    fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        Ok(Self {
            function_name: request.label("FunctionName"),
            paging: Paging::from_request(request)?,
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
        self.paging.check(checks, LIST);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    versions: Vec<FunctionConfiguration>,
}
