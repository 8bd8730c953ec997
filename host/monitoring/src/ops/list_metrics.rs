//! ListMetrics: the metrics that were put in the last two weeks, in pages.

use domain::limits;
use serde::{Deserialize, Serialize};
use stdx::Page;
use wire::shape::{Flag, List, Structure, Text};
use wire::token::Purpose;
use wire::{Caller, Check, Checks, Operation, Resource, Trail};

use super::shapes::{DimensionOut, each, str};
use super::{Service, rules};
use crate::block::MetricId;
use crate::{Error, Minute, Name, Result};

/// Dimensions to look for (CloudWatch model, `DimensionFilters`).
const FILTERS_MAX: usize = 10;

pub(super) struct ListMetrics;

impl Operation for ListMetrics {
    const NAME: &str = "ListMetrics";
    const ACTION: &str = "cloudwatch:ListMetrics";
    const TRAIL: Trail = Trail::DataRead;
    const DIFFERS: &str =
        "Metrics are listed as soon as they were put. There are no linked accounts.";
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(_: &Service, _: &Caller, _: &Self::Input<'_>) -> Result<Vec<Resource>> {
        Ok(vec![Resource::any(Self::ACTION)])
    }

    async fn run(service: &Service, caller: &Caller, input: Self::Input<'_>) -> Result<Output> {
        let after = str(&input.next_token).map(|token| {
            let content = service.open_token(Purpose::ListMetrics, token).ok();
            let id = content.and_then(|content| content.try_into().ok()).map(u32::from_be_bytes);
            id.map(MetricId).ok_or_else(no_token)
        });
        let after = after.transpose()?;
        let is_own = str(&input.owning_account).is_none_or(|id| id == caller.account.to_string());
        let account = service.account(caller.account).await?;
        let now = service.around.clock.now();
        let state = account.state.lock();
        if after.is_some_and(|id| !state.has(id)) {
            return Err(no_token());
        }
        let kept_ms = match input.recently_active {
            Some(_) => limits::METRIC_ACTIVE_MS,
            None => limits::METRIC_PAST_MS,
        };
        let since = Minute::of(now.minus(kept_ms));
        let found = state.list(&caller.region, after);
        let found = found.filter(|(name, last, _)| is_own && *last >= since && input.wants(name));
        let page = Page::first(limits::LIST_METRICS_PAGE, found);
        let last = page.last_of_more().map(|(_, _, id)| *id);
        let next_token = last.map(|id| service.seal(Purpose::ListMetrics, &id.0.to_be_bytes()));
        let metrics = page.items.into_iter().map(|(name, _, _)| Metric::from(&**name)).collect();
        Ok(Output { metrics, next_token })
    }
}

/// This operation declares no exception for tokens, unlike GetMetricData.
fn no_token() -> Error {
    Error::Value("The value of the parameter NextToken is not valid.".to_owned())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    namespace: Option<Text<'a>>,
    #[serde(borrow)]
    metric_name: Option<Text<'a>>,
    #[serde(borrow)]
    dimensions: Option<List<Structure<Filter<'a>>, { FILTERS_MAX + 1 }>>,
    #[serde(borrow)]
    next_token: Option<Text<'a>>,
    #[serde(borrow)]
    recently_active: Option<Text<'a>>,
    #[serde(rename = "IncludeLinkedAccounts")]
    _include_linked_accounts: Option<Flag>,
    #[serde(borrow)]
    owning_account: Option<Text<'a>>,
}

/// A dimension that a metric has to have, with this value or with any.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    value: Option<Text<'a>>,
}

impl Input<'_> {
    fn wants(&self, name: &Name) -> bool {
        let is_it = |wanted: &Option<Text<'_>>, known: &str| {
            str(wanted).is_none_or(|wanted| wanted == known)
        };
        let has = |filter: &Filter<'_>| {
            let mut dimensions = name.dimensions.iter();
            dimensions.any(|(name, value)| is_it(&filter.name, name) && is_it(&filter.value, value))
        };
        is_it(&self.namespace, &name.namespace)
            && is_it(&self.metric_name, &name.name)
            && each(&self.dimensions).all(has)
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.text("namespace", str(&self.namespace), rules::NAMESPACE);
        checks.text("metricName", str(&self.metric_name), rules::NAME);
        if let Some(dimensions) = &self.dimensions {
            let shown = format_args!("[{} dimensions]", dimensions.count());
            checks.length("dimensions", &shown, dimensions.count(), 0, FILTERS_MAX);
        }
        for (at, filter) in each(&self.dimensions).enumerate() {
            let path = |member| format!("dimensions.{}.member.{member}", at + 1);
            checks.required(path("name"), filter.name.as_ref());
            checks.text(path("name"), str(&filter.name), rules::NAME);
            checks.text(path("value"), str(&filter.value), rules::DIMENSION_VALUE);
        }
        checks.choice("recentlyActive", str(&self.recently_active), &["PT3H"]);
        checks.text("owningAccount", str(&self.owning_account), rules::ID);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    metrics: Vec<Metric>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    namespace: String,
    metric_name: String,
    dimensions: Vec<DimensionOut>,
}

impl From<&Name> for Metric {
    fn from(name: &Name) -> Self {
        Self {
            namespace: name.namespace.clone(),
            metric_name: name.name.clone(),
            dimensions: name.dimensions.iter().map(Into::into).collect(),
        }
    }
}
