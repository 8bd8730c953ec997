//! ListFunctionEventInvokeConfigs: how a function and its versions and aliases want to be called asynchronously.
//!
//! A marker is sealed: version (1), then the last qualifier of the page before.

use domain::{FunctionArn, QualifiedArn, Qualifier, limits};
use serde::Serialize;
use wire::rest::{FromRequest, Json, Method, Request};
use wire::shape::{Int, Text};
use wire::token::Purpose;
use wire::{Caller, Check, Checks, Failure, Resource, RestOperation};

use super::Service;
use super::event_invoke_members::FunctionEventInvokeConfig;
use super::list_functions::page;
use super::rules;
use super::target::Target;
use crate::{Error, Result};

const MARKER_VERSION: u8 = 1;
/// The largest page (Lambda API reference).
const MAX_ITEMS: i64 = 50;

pub(super) struct ListFunctionEventInvokeConfigs;

impl RestOperation for ListFunctionEventInvokeConfigs {
    const NAME: &str = "ListFunctionEventInvokeConfigs";
    const ACTION: &str = "lambda:ListFunctionEventInvokeConfigs";
    const METHOD: Method = Method::Get;
    const PATH: &str = "/2019-09-25/functions/{FunctionName}/event-invoke-config/list";
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
        let Caller { account, region, .. } = caller;
        let function = functions.function(*account, region, &name)?;
        let arn = FunctionArn { account: *account, region: region.clone(), name };
        let after = input.marker.as_ref().map(|marker| {
            let content = functions.open_token(Purpose::ListEventConfigs, marker.as_str())?;
            qualifier_of(&content).ok_or(Error::Token)
        });
        let after: Option<Qualifier> = after.transpose()?;
        let limit = page(input.max_items, limits::LIST_FUNCTIONS_PAGE);
        let (page, more) = functions.event_configs.look(|index| {
            let all = index.list(function.facts.id, after);
            let mut rest = all.map(|(qualifier, config)| (qualifier.clone(), config.clone()));
            let page: Vec<_> = rest.by_ref().take(limit).collect();
            (page, rest.next().is_some())
        });
        let last = page.last().filter(|_| more);
        let next_marker = last.map(|(qualifier, _)| {
            let content = [&[MARKER_VERSION], qualifier.to_string().as_bytes()].concat();
            functions.seal(Purpose::ListEventConfigs, &content)
        });
        let shown = page.iter().map(|(qualifier, config)| {
            let arn = QualifiedArn { function: arn.clone(), qualifier: Some(qualifier.clone()) };
            FunctionEventInvokeConfig::of(&arn, config)
        });
        Ok(Json(Output { next_marker, function_event_invoke_configs: shown.collect() }))
    }
}

fn qualifier_of(content: &[u8]) -> Option<Qualifier> {
    let qualifier = content.strip_prefix(&[MARKER_VERSION])?;
    std::str::from_utf8(qualifier).ok()?.parse().ok()
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
        self.target().check(checks, rules::FUNCTION);
        checks.number("maxItems", self.max_items.map(|Int(count)| count), 1, MAX_ITEMS);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    function_event_invoke_configs: Vec<FunctionEventInvokeConfig>,
}
