//! GetMetricStatistics: one metric, summed up by periods.

use std::collections::BTreeMap;

use domain::limits;
use metering::cloud::Unit;
use serde::{Deserialize, Serialize};
use wire::shape::{Int, List, Moment, Text};
use wire::{Caller, Check, Checks, Operation, Resource, Trail};

use super::shapes::{Dimensions, check_dimensions, name, str};
use super::{Service, rules, spans};
use crate::read::Question;
use crate::stat::Stat;
use crate::{Error, Minute, Result, Rollup};

/// Statistics of a call, and extended ones (CloudWatch model).
const STATISTICS_MAX: usize = 5;
const EXTENDED_MAX: usize = 10;

pub(super) struct GetMetricStatistics;

impl Operation for GetMetricStatistics {
    const NAME: &str = "GetMetricStatistics";
    const ACTION: &str = "cloudwatch:GetMetricStatistics";
    const TRAIL: Trail = Trail::DataRead;
    const DIFFERS: &str = "Of extended statistics there are percentiles, told to a percent. Periods below a minute \
        are a minute. Minutes are kept for 15 days and nothing is kept longer.";
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(_: &Service, _: &Caller, _: &Self::Input<'_>) -> Result<Vec<Resource>> {
        Ok(vec![Resource::any(Self::ACTION)])
    }

    async fn run(service: &Service, caller: &Caller, input: Self::Input<'_>) -> Result<Output> {
        let windows = input.windows()?;
        let statistics = input.statistics()?;
        let (namespace, metric) = (str(&input.namespace), str(&input.metric_name));
        let metric = metric.unwrap_or_default();
        let namespace = namespace.unwrap_or_default();
        let name = name(&caller.region, namespace, metric, &input.dimensions);
        let account = service.account(caller.account).await?;
        let unit = str(&input.unit).and_then(Unit::parse);
        let mut asked = account.state.lock().units_of(&name);
        asked.retain(|(known, _)| unit.is_none_or(|unit| unit == *known));
        let with_spread = statistics.iter().any(|(_, stat)| stat.is_percentile());
        let windows = service.kept(windows);
        let question = |(_, id): &(Unit, _)| Question { metrics: vec![*id], windows, with_spread };
        let questions: Vec<Question> = asked.iter().map(question).collect();
        let answers = service.answer(&account, &questions).await?;
        let mut datapoints = Vec::new();
        for ((unit, _), points) in asked.iter().zip(&answers) {
            let told = points.each().map(|(at, found)| datapoint(at, *unit, found, &statistics));
            datapoints.extend(told);
        }
        Ok(Output { datapoints, label: metric.to_owned() })
    }
}

fn datapoint(at: Minute, unit: Unit, found: &Rollup, statistics: &[(String, Stat)]) -> Datapoint {
    let mut point =
        Datapoint { timestamp: at.start().into(), unit: unit.as_str(), ..Datapoint::default() };
    let mut extended = BTreeMap::new();
    for (name, stat) in statistics {
        let value = stat.of(found);
        match stat {
            Stat::SampleCount => point.sample_count = value,
            Stat::Average => point.average = value,
            Stat::Sum => point.sum = value,
            Stat::Minimum => point.minimum = value,
            Stat::Maximum => point.maximum = value,
            Stat::Percentile(_) => extended.extend(value.map(|value| (name.clone(), value))),
        }
    }
    point.extended_statistics = (!extended.is_empty()).then_some(extended);
    point
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    namespace: Option<Text<'a>>,
    #[serde(borrow)]
    metric_name: Option<Text<'a>>,
    #[serde(borrow)]
    dimensions: Option<Dimensions<'a>>,
    start_time: Option<Moment>,
    end_time: Option<Moment>,
    period: Option<Int>,
    #[serde(borrow)]
    statistics: Option<List<Text<'a>, { STATISTICS_MAX + 1 }>>,
    #[serde(borrow)]
    extended_statistics: Option<List<Text<'a>, { EXTENDED_MAX + 1 }>>,
    #[serde(borrow)]
    unit: Option<Text<'a>>,
}

impl Input<'_> {
    fn windows(&self) -> Result<crate::window::Windows> {
        let seconds = self.period.map_or(0, |Int(seconds)| seconds);
        let minutes = rules::minutes(seconds).ok_or_else(|| {
            let text = "The parameter Period must be 1, 5, 10, 20, 30, or a multiple of 60.";
            Error::Value(text.to_owned())
        })?;
        let (start, end) = (self.start_time, self.end_time);
        let windows = spans(start, end, minutes).ok_or_else(|| {
            let text = "The parameter StartTime must be less than the parameter EndTime.";
            Error::Combination(text.to_owned())
        })?;
        let (count, max) = (windows.count(), limits::METRIC_STATISTICS_DATAPOINTS_MAX);
        if count as usize > max {
            return Err(Error::Combination(format!(
                "You have requested up to {count} datapoints, which exceeds the limit of {max}. You may reduce the \
                 datapoints requested by increasing Period, or decreasing the time range."
            )));
        }
        Ok(windows)
    }

    /// What is asked for, with the words that ask for it.
    fn statistics(&self) -> Result<Vec<(String, Stat)>> {
        let words = self.statistics.iter().flat_map(List::kept).flatten();
        let extended = self.extended_statistics.iter().flat_map(List::kept).flatten();
        let mut found = Vec::new();
        for word in words.chain(extended).map(Text::as_str) {
            let stat = Stat::parse(word).ok_or_else(|| {
                let text =
                    format!("The value {word} for parameter ExtendedStatistics is not supported.");
                Error::Value(text)
            })?;
            found.push((word.to_owned(), stat));
        }
        if found.is_empty() {
            let text = "Must specify either Statistics or ExtendedStatistics";
            return Err(Error::Combination(text.to_owned()));
        }
        Ok(found)
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.required("namespace", self.namespace.as_ref());
        checks.text("namespace", str(&self.namespace), rules::NAMESPACE);
        checks.required("metricName", self.metric_name.as_ref());
        checks.text("metricName", str(&self.metric_name), rules::NAME);
        check_dimensions(checks, "dimensions", &self.dimensions);
        checks.required("startTime", self.start_time.as_ref());
        checks.required("endTime", self.end_time.as_ref());
        checks.required("period", self.period.as_ref());
        checks.number("period", self.period.map(|Int(seconds)| seconds), 1, i64::MAX);
        if let Some(statistics) = &self.statistics {
            let shown = format_args!("[{} statistics]", statistics.count());
            checks.length("statistics", &shown, statistics.count(), 1, STATISTICS_MAX);
            for word in statistics.kept().iter().flatten() {
                checks.choice("statistics", Some(word.as_str()), &Stat::NAMES);
            }
        }
        if let Some(extended) = &self.extended_statistics {
            let shown = format_args!("[{} statistics]", extended.count());
            checks.length("extendedStatistics", &shown, extended.count(), 1, EXTENDED_MAX);
        }
        rules::check_unit(checks, "unit", str(&self.unit));
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    datapoints: Vec<Datapoint>,
    label: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Datapoint {
    timestamp: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    sample_count: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    average: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sum: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum: Option<f64>,
    unit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    extended_statistics: Option<BTreeMap<String, f64>>,
}

impl Default for Datapoint {
    fn default() -> Self {
        Self {
            timestamp: Moment(0),
            sample_count: None,
            average: None,
            sum: None,
            minimum: None,
            maximum: None,
            unit: Unit::NONE.as_str(),
            extended_statistics: None,
        }
    }
}
