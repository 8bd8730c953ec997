//! GetFunctionStats: what functions used since the server started. An operation of our own: of processor time, memory and
//! bytes AWS tells nothing.

use std::time::Duration;

use domain::limits;
use serde::{Deserialize, Serialize};
use stdx::Page;
use wire::shape::{Int, Moment, Text};
use wire::{Caller, Check, Checks, Operation, Resource, Trail};

use super::Service;
use super::rules;
use super::target::Target;
use crate::function::Function;
use crate::totals::Told;
use crate::{Functions, Result};

pub(super) struct GetFunctionStats;

impl Operation for GetFunctionStats {
    const NAME: &str = "GetFunctionStats";
    const ACTION: &str = "shardmill:GetFunctionStats";
    const TRAIL: Trail = Trail::Read;
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = crate::Error;

    async fn resources(
        functions: &Service,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        // Without a name it is about all functions, as ListFunctions is.
        Ok(vec![input.target().resource(functions, caller, Self::ACTION)])
    }

    async fn run(functions: &Service, caller: &Caller, input: Self::Input<'_>) -> Result<Output> {
        let since = functions.started_at.into();
        if input.function_name.is_some() {
            let function = input.target().find(functions, caller)?;
            let functions = vec![Shown::of(functions, &function)];
            return Ok(Output { since, functions, is_truncated: false, marker: None });
        }
        let limit = input.max_items.and_then(|Int(count)| usize::try_from(count).ok());
        let limit = limit.unwrap_or(limits::PAGE_MAX);
        let marker = input.marker.as_ref().map(Text::as_str);
        let page = functions.functions.look(|index| {
            let all = index.each_version(caller.account, &caller.region, None);
            let named = all.filter(|it| it.published.is_none());
            let behind = named.filter(|it| marker.is_none_or(|last| it.facts.name.as_str() > last));
            Page::first(limit, behind.cloned())
        });
        let marker = page.last_of_more().map(|it| it.facts.name.to_string());
        let functions = page.items.iter().map(|function| Shown::of(functions, function)).collect();
        Ok(Output { since, functions, is_truncated: page.has_more, marker })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    /// One function; all of the account in the region if not given.
    #[serde(borrow)]
    function_name: Option<Text<'a>>,
    /// Functions at most.
    max_items: Option<Int>,
    /// The last function of the page before.
    #[serde(borrow)]
    marker: Option<Text<'a>>,
}

impl Input<'_> {
    fn target(&self) -> Target<'_> {
        Target::new(&self.function_name)
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        if self.function_name.is_some() {
            self.target().check(checks, rules::FUNCTION);
        }
        let number = |it: Option<Int>| it.map(|Int(number)| number);
        checks.number("maxItems", number(self.max_items), 1, limits::PAGE_MAX as i64);
        checks.text("marker", self.marker.as_ref().map(Text::as_str), rules::FUNCTION);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    /// When the server started.
    since: Moment,
    functions: Vec<Shown>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Shown {
    function_name: String,
    invocations: u64,
    errors: u64,
    throttles: u64,
    cold_starts: u64,
    cpu_milliseconds: f64,
    duration_milliseconds: f64,
    peak_memory_bytes: u64,
    records_in: u64,
    bytes_in: u64,
    records_out: u64,
    bytes_out: u64,
}

impl Shown {
    fn of(functions: &Functions, function: &Function) -> Self {
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        let told: Told = functions.totals.told(function.facts.id);
        Self {
            function_name: function.facts.name.to_string(),
            invocations: told.calls,
            errors: told.errors,
            throttles: told.throttles,
            cold_starts: told.cold_starts,
            cpu_milliseconds: ms(told.cpu),
            duration_milliseconds: ms(told.wall),
            peak_memory_bytes: told.peak_memory_bytes,
            records_in: told.went_in.records,
            bytes_in: told.went_in.bytes,
            records_out: told.came_out.records,
            bytes_out: told.came_out.bytes,
        }
    }
}
