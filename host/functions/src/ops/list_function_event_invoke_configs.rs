//! ListFunctionEventInvokeConfigs: how a function and its versions and aliases want to be called asynchronously.
//!
//! A marker has the last qualifier of the page before.

use domain::{FunctionArn, QualifiedArn, Qualifier, limits};
use serde::Serialize;
use wire::rest::{FromRequest, Json, Method, Request};
use wire::shape::Text;
use wire::token::Purpose;
use wire::{Caller, Check, Checks, Failure, Resource, RestOperation};

use super::Service;
use super::event_invoke_members::FunctionEventInvokeConfig;
use super::paged::{List, Paging};
use super::rules;
use super::target::Target;
use crate::{Error, Result};

const LIST: List = List {
    markers: Purpose::ListEventConfigs,
    version: 1,
    page: limits::LIST_FUNCTIONS_PAGE,
    max_items: 50,
};

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
        let after: Option<Qualifier> = input.paging.after(functions, LIST)?;
        let page = functions.event_configs.look(|index| {
            let all = index.list(function.facts.id, after);
            let all = all.map(|(qualifier, config)| (qualifier.clone(), config.clone()));
            input.paging.page(LIST, all)
        });
        let next_marker = page.next_marker(functions, |(qualifier, _)| qualifier.clone());
        let shown = page.entries().iter().map(|(qualifier, config)| {
            let arn = QualifiedArn { function: arn.clone(), qualifier: Some(qualifier.clone()) };
            FunctionEventInvokeConfig::of(&arn, config)
        });
        Ok(Json(Output { next_marker, function_event_invoke_configs: shown.collect() }))
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
        self.target().check(checks, rules::FUNCTION);
        self.paging.check(checks, LIST);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    function_event_invoke_configs: Vec<FunctionEventInvokeConfig>,
}
