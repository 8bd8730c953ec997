//! ListEventSourceMappings: the caller's mappings in a region, of one stream or one function if so asked.
//!
//! A marker is sealed: version (1), then the last id of the page before.

use domain::{MappingId, QualifiedArn, limits};
use serde::Serialize;
use wire::rest::{FromRequest, Json, Method, Request};
use wire::shape::{Int, Text};
use wire::token::Purpose;
use wire::{Caller, Check, Checks, Failure, Resource, RestOperation};

use super::Service;
use super::list_functions::{MAX_ITEMS, page};
use super::mapping_shapes::MappingConfiguration;
use super::rules;
use super::target::Target;
use crate::mapping::MappingFacts;
use crate::{Error, Result};

const MARKER_VERSION: u8 = 1;

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
        let after = input.marker.as_ref().map(|marker| {
            let content = functions.open_token(Purpose::ListMappings, marker.as_str())?;
            id_of(&content).ok_or(Error::Token)
        });
        let after = after.transpose()?;
        let function = match &input.function_name {
            None => None,
            Some(_) => Some(Target::new(&input.function_name).own(caller)?),
        };
        let source = input.event_source_arn.as_ref().map(Text::as_str);
        let limit = page(input.max_items, limits::LIST_MAPPINGS_PAGE);
        let (page, more) = functions.mappings.look(|index| {
            let all = index.list(caller.account, &caller.region, after);
            let mut found = all.filter(|it| is_wanted(&it.facts, source, function.as_ref()));
            let page: Vec<_> = found.by_ref().take(limit).cloned().collect();
            (page, found.next().is_some())
        });
        let last = page.last().filter(|_| more);
        let next_marker = last.map(|mapping| {
            let content = [&[MARKER_VERSION], &mapping.facts.id.0[..]].concat();
            functions.seal(Purpose::ListMappings, &content)
        });
        let shown = page.iter().map(|mapping| MappingConfiguration::now(functions, mapping));
        Ok(Json(Output { next_marker, event_source_mappings: shown.collect() }))
    }
}

fn is_wanted(facts: &MappingFacts, source: Option<&str>, function: Option<&QualifiedArn>) -> bool {
    source.is_none_or(|arn| facts.stream_arn(&facts.source).to_string() == arn)
        && function.is_none_or(|arn| match arn.qualifier {
            None => facts.function == arn.function.name,
            Some(_) => facts.leads_to(arn),
        })
}

fn id_of(content: &[u8]) -> Option<MappingId> {
    let id = content.strip_prefix(&[MARKER_VERSION])?;
    id.try_into().ok().map(MappingId)
}

#[derive(Debug)]
pub(super) struct Input<'a> {
    event_source_arn: Option<Text<'a>>,
    function_name: Option<Text<'a>>,
    marker: Option<Text<'a>>,
    max_items: Option<Int>,
}

impl<'a> FromRequest<'a> for Input<'a> {
    fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        Ok(Self {
            event_source_arn: request.query("EventSourceArn"),
            function_name: request.query("FunctionName"),
            marker: request.query("Marker").filter(|marker| !marker.as_str().is_empty()),
            max_items: request.query_int("MaxItems")?,
        })
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        let source = self.event_source_arn.as_ref().map(Text::as_str);
        checks.text("eventSourceArn", source, rules::ARN);
        let function = self.function_name.as_ref().map(Text::as_str);
        checks.text("functionName", function, rules::NAMESPACED_FUNCTION);
        checks.number("maxItems", self.max_items.map(|Int(count)| count), 1, MAX_ITEMS);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    event_source_mappings: Vec<MappingConfiguration>,
}
