//! ListFunctions: the caller's functions in a region by name, with all of their versions or without.
//!
//! A marker has the last name of the page before, and the number of its version; 0 is a function as it is now.

use domain::{FunctionName, limits};
use serde::Serialize;
use wire::rest::{FromRequest, Json, Method, Request};
use wire::shape::Text;
use wire::token::Purpose;
use wire::{Caller, Check, Checks, Failure, Resource, RestOperation};

use super::Service;
use super::paged::{List, MAX_ITEMS, Paging};
use super::shapes::FunctionConfiguration;
use crate::{Error, Result};

const LIST: List = List {
    markers: Purpose::ListFunctions,
    version: 2,
    page: limits::LIST_FUNCTIONS_PAGE,
    max_items: MAX_ITEMS,
};

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
        let after: Option<(FunctionName, u64)> = input.paging.after(functions, LIST)?;
        let with_versions = input.function_version.is_some();
        let page = functions.functions.look(|index| {
            let all = index.each_version(caller.account, &caller.region, after.as_ref());
            let found = all.filter(|it| with_versions || it.published.is_none());
            input.paging.page(LIST, found.cloned())
        });
        let next_marker = page.next_marker(functions, |function| {
            let number = function.published.as_ref().map_or(0, |it| it.number);
            (function.facts.name.clone(), number)
        });
        let shown = page.entries().iter().map(|function| match with_versions {
            true => FunctionConfiguration::qualified(function),
            false => (&**function).into(),
        });
        Ok(Json(Output { next_marker, functions: shown.collect() }))
    }
}

#[derive(Debug)]
pub(super) struct Input<'a> {
    paging: Paging<'a>,
    function_version: Option<Text<'a>>,
}

impl<'a> FromRequest<'a> for Input<'a> {
    fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        Ok(Self {
            paging: Paging::from_request(request)?,
            function_version: request.query("FunctionVersion"),
        })
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        let version = self.function_version.as_ref().map(Text::as_str);
        checks.choice("functionVersion", version, &["ALL"]);
        self.paging.check(checks, LIST);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    functions: Vec<FunctionConfiguration>,
}
