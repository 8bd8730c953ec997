//! GetMetricData: several metrics at once, each summed up by periods, in pages.

mod page;
mod query;

use domain::limits;
use serde::{Deserialize, Serialize};
use wire::shape::{Int, List, Moment, Structure, Text};
use wire::token::Purpose;
use wire::{Caller, Check, Checks, Operation, Resource, Trail};

use super::Service;
use super::shapes::{each, str};
use crate::read::Question;
use crate::window::Points;
use crate::{Error, Result};
use page::{MetricDataResult, Page};
use query::{Asked, Query};

use limits::METRIC_QUERIES_MAX;

const BY: [&str; 2] = ["TimestampDescending", "TimestampAscending"];

pub(super) struct GetMetricData;

impl Operation for GetMetricData {
    const NAME: &str = "GetMetricData";
    const ACTION: &str = "cloudwatch:GetMetricData";
    const TRAIL: Trail = Trail::DataRead;
    const DIFFERS: &str = "There are no expressions: metric math and Metrics Insights are refused. Of extended \
        statistics there are percentiles, told to a percent. Periods below a minute are a minute. Minutes are kept for \
        15 days and nothing is kept longer. Labels are not computed.";
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(_: &Service, _: &Caller, _: &Self::Input<'_>) -> Result<Vec<Resource>> {
        Ok(vec![Resource::any(Self::ACTION)])
    }

    async fn run(service: &Service, caller: &Caller, input: Self::Input<'_>) -> Result<Output> {
        let asked = input.asked(caller)?;
        let skip = match str(&input.next_token) {
            Some(token) => {
                let content = service.open_token(Purpose::MetricData, token)?;
                page::opened(&content, &input.identity())?
            }
            None => 0,
        };
        let account = service.account(caller.account).await?;
        let question = |asked: &Asked<'_>| {
            let mut units = account.state.lock().units_of(&asked.name);
            units.retain(|(known, _)| asked.unit.is_none_or(|unit| unit == *known));
            let metrics = units.into_iter().map(|(_, id)| id).collect();
            let with_spread = asked.stat.is_percentile();
            Question { metrics, windows: service.kept(asked.windows), with_spread }
        };
        let questions: Vec<Question> = asked.iter().map(question).collect();
        let answers: Vec<Points> = service.answer(&account, &questions).await?;
        let max = input.max_datapoints.map_or(limits::METRIC_DATAPOINTS_MAX, |Int(max)| {
            usize::try_from(max).unwrap_or_default().clamp(1, limits::METRIC_DATAPOINTS_MAX)
        });
        let ascending = str(&input.scan_by) == Some(BY[1]);
        let page = Page { skip, max, ascending };
        let (results, next) = page.of(&asked, &answers);
        let seal = |skip| {
            let content = page::content(skip, &input.identity());
            service.seal(Purpose::MetricData, &content)
        };
        Ok(Output { messages: [], metric_data_results: results, next_token: next.map(seal) })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    metric_data_queries: Option<List<Structure<Query<'a>>, { METRIC_QUERIES_MAX + 1 }>>,
    start_time: Option<Moment>,
    end_time: Option<Moment>,
    #[serde(borrow)]
    next_token: Option<Text<'a>>,
    #[serde(borrow)]
    scan_by: Option<Text<'a>>,
    max_datapoints: Option<Int>,
}

impl Input<'_> {
    /// What tells one question from another, for page tokens.
    fn identity(&self) -> [i64; 3] {
        let count = self.metric_data_queries.as_ref().map_or(0, List::count);
        let ms = |at: Option<Moment>| at.map_or(0, |Moment(ms)| ms);
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        [ms(self.start_time), ms(self.end_time), count]
    }

    fn asked<'q>(&'q self, caller: &Caller) -> Result<Vec<Asked<'q>>> {
        let count = self.metric_data_queries.as_ref().map_or(0, List::count);
        if count > METRIC_QUERIES_MAX {
            let text = format!(
                "The collection MetricDataQueries must not have a size greater than {METRIC_QUERIES_MAX}."
            );
            return Err(Error::Unfit(text));
        }
        let within = (self.start_time, self.end_time);
        let mut asked: Vec<Asked<'_>> = Vec::new();
        for (query, number) in each(&self.metric_data_queries).zip(1..) {
            let one = query.read(caller, within, number)?;
            if asked.iter().any(|other| other.id == one.id) {
                let id = one.id;
                let text = format!(
                    "The values for parameter id in MetricDataQueries are not unique: {id}."
                );
                return Err(Error::Unfit(text));
            }
            asked.push(one);
        }
        let points = |spread: bool| -> usize {
            let those = asked.iter().filter(|one| !spread || one.stat.is_percentile());
            those.map(|one| one.windows.count() as usize).sum()
        };
        for (count, max) in [
            (points(false), limits::METRIC_DATAPOINTS_MAX),
            (points(true), limits::METRIC_PERCENTILE_DATAPOINTS_MAX),
        ] {
            if count > max {
                return Err(Error::Unfit(format!(
                    "You have requested up to {count} datapoints, which exceeds the limit of {max}."
                )));
            }
        }
        Ok(asked)
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.required("metricDataQueries", self.metric_data_queries.as_ref());
        for (at, query) in each(&self.metric_data_queries).enumerate() {
            query.check(checks, &format!("metricDataQueries.{}.member", at + 1));
        }
        checks.required("startTime", self.start_time.as_ref());
        checks.required("endTime", self.end_time.as_ref());
        checks.choice("scanBy", str(&self.scan_by), &BY);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    /// Nothing is wrong with a whole answer here.
    messages: [&'static str; 0],
    metric_data_results: Vec<MetricDataResult>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}
