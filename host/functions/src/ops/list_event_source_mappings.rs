//! ListEventSourceMappings: the caller's mappings in a region, of one stream or one function if so asked.
//!
//! A marker has the last id of the page before.

use domain::{MappingId, QualifiedArn, limits};
use serde::Serialize;
use wire::rest::{FromRequest, Json, Method, Request};
use wire::shape::Text;
use wire::token::Purpose;
use wire::{Caller, Check, Checks, Failure, Resource, RestOperation};

use super::Service;
use super::mapping_shapes::MappingConfiguration;
use super::paged::{List, MAX_ITEMS, Paging};
use super::rules;
use super::target::Target;
use crate::mapping::MappingFacts;
use crate::{Error, Result};

const LIST: List = List {
    markers: Purpose::ListMappings,
    version: 1,
    page: limits::LIST_MAPPINGS_PAGE,
    max_items: MAX_ITEMS,
};

pub(super) struct ListEventSourceMappings;

impl RestOperation for ListEventSourceMappings {
    const NAME: &str = "ListEventSourceMappings";
    const ACTION: &str = "lambda:ListEventSourceMappings";
    const AUDITED: &[&str] = &["?FunctionName", "?EventSourceArn"];
    const METHOD: Method = Method::Get;
    const PATH: &str = "/2015-03-31/event-source-mappings";
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
        let after: Option<MappingId> = input.paging.after(functions, LIST)?;
        let function = match &input.function_name {
            None => None,
            Some(_) => Some(Target::new(&input.function_name).own(caller)?),
        };
        let source = input.event_source_arn.as_ref().map(Text::as_str);
        let page = functions.mappings.look(|index| {
            let all = index.list(caller.account, &caller.region, after);
            let found = all.filter(|it| is_wanted(&it.facts, source, function.as_ref()));
            input.paging.page(LIST, found.cloned())
        });
        let next_marker = page.next_marker(functions, |mapping| mapping.facts.id);
        let shown =
            page.entries().iter().map(|mapping| MappingConfiguration::now(functions, mapping));
        Ok(Json(Output { next_marker, event_source_mappings: shown.collect() }))
    }
}

fn is_wanted(facts: &MappingFacts, source: Option<&str>, function: Option<&QualifiedArn>) -> bool {
    source.is_none_or(|arn| facts.source_arn() == arn)
        && function.is_none_or(|arn| match arn.qualifier {
            None => facts.function == arn.function.name,
            Some(_) => facts.leads_to(arn),
        })
}

#[derive(Debug)]
pub(super) struct Input<'a> {
    event_source_arn: Option<Text<'a>>,
    function_name: Option<Text<'a>>,
    paging: Paging<'a>,
}

impl<'a> FromRequest<'a> for Input<'a> {
    fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        Ok(Self {
            event_source_arn: request.query("EventSourceArn"),
            function_name: request.query("FunctionName"),
            paging: Paging::from_request(request)?,
        })
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        let source = self.event_source_arn.as_ref().map(Text::as_str);
        checks.text("eventSourceArn", source, rules::ARN);
        let function = self.function_name.as_ref().map(Text::as_str);
        checks.text("functionName", function, rules::NAMESPACED_FUNCTION);
        self.paging.check(checks, LIST);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    event_source_mappings: Vec<MappingConfiguration>,
}
