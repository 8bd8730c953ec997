//! One query of a call.

use metering::cloud::Unit;
use serde::Deserialize;
use wire::shape::{Flag, Int, Moment, Structure, Text};
use wire::{Caller, Checks};

use super::super::shapes::{Dimensions, check_dimensions, name, str};
use super::super::{rules, spans};
use crate::stat::Stat;
use crate::window::Windows;
use crate::{Error, Name, Result};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Query<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    metric_stat: Option<Structure<MetricStat<'a>>>,
    #[serde(borrow)]
    expression: Option<Text<'a>>,
    #[serde(borrow)]
    label: Option<Text<'a>>,
    return_data: Option<Flag>,
    #[serde(borrow)]
    account_id: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MetricStat<'a> {
    #[serde(borrow)]
    metric: Option<Structure<Metric<'a>>>,
    period: Option<Int>,
    #[serde(borrow)]
    stat: Option<Text<'a>>,
    #[serde(borrow)]
    unit: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metric<'a> {
    #[serde(borrow)]
    namespace: Option<Text<'a>>,
    #[serde(borrow)]
    metric_name: Option<Text<'a>>,
    #[serde(borrow)]
    dimensions: Option<Dimensions<'a>>,
}

/// A query that was understood.
#[derive(Debug)]
pub(super) struct Asked<'q> {
    pub(super) id: &'q str,
    pub(super) label: &'q str,
    pub(super) name: Name,
    pub(super) unit: Option<Unit>,
    pub(super) stat: Stat,
    pub(super) windows: Windows,
    /// Whether it is answered, rather than used by other queries.
    pub(super) is_shown: bool,
}

/// `^[a-z][a-zA-Z0-9_]*$`
fn is_id(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

impl Query<'_> {
    pub(super) fn check(&self, checks: &mut Checks, path: &str) {
        let at = |member: &str| format!("{path}.{member}");
        checks.required(at("id"), self.id.as_ref());
        checks.text(at("id"), str(&self.id), rules::ID);
        if let Some(Structure(asked)) = &self.metric_stat {
            checks.required(at("metricStat.metric"), asked.metric.as_ref());
            if let Some(Structure(metric)) = &asked.metric {
                let at = |member: &str| format!("{path}.metricStat.metric.{member}");
                checks.text(at("namespace"), str(&metric.namespace), rules::NAMESPACE);
                checks.text(at("metricName"), str(&metric.metric_name), rules::NAME);
                check_dimensions(checks, &at("dimensions"), &metric.dimensions);
            }
            checks.required(at("metricStat.period"), asked.period.as_ref());
            let period = asked.period.map(|Int(seconds)| seconds);
            checks.number(at("metricStat.period"), period, 1, i64::MAX);
            checks.required(at("metricStat.stat"), asked.stat.as_ref());
            rules::check_unit(checks, &at("metricStat.unit"), str(&asked.unit));
        }
        checks.text(at("expression"), str(&self.expression), rules::EXPRESSION);
        checks.text(at("accountId"), str(&self.account_id), rules::ID);
    }

    pub(super) fn read(
        &self,
        caller: &Caller,
        (start, end): (Option<Moment>, Option<Moment>),
        number: usize,
    ) -> Result<Asked<'_>> {
        let path = |member: &str| format!("MetricDataQueries.member.{number}.{member}");
        let id = str(&self.id).unwrap_or_default();
        if !is_id(id) {
            let path = path("Id");
            return Err(Error::Unfit(format!(
                "The value {id} for parameter {path} is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$."
            )));
        }
        if let Some(account) = str(&self.account_id).filter(|it| *it != caller.account.to_string())
        {
            let path = path("AccountId");
            let text = format!("The value {account} for parameter {path} is not a linked account.");
            return Err(Error::Unfit(text));
        }
        let asked = match (&self.metric_stat, &self.expression) {
            (Some(Structure(asked)), None) => asked,
            (Some(_), Some(_)) => {
                let (one, other) = (path("MetricStat"), path("Expression"));
                return Err(Error::Unfit(format!(
                    "The parameters {one} and {other} are mutually exclusive and you have specified both."
                )));
            }
            (None, Some(_)) => {
                let path = path("Expression");
                return Err(Error::Unfit(format!(
                    "The parameter {path} is not supported by this server: there are no expressions."
                )));
            }
            (None, None) => {
                let (one, other) = (path("MetricStat"), path("Expression"));
                return Err(Error::Unfit(format!("Either {one} or {other} must be specified.")));
            }
        };
        let seconds = asked.period.map_or(0, |Int(seconds)| seconds);
        let minutes = rules::minutes(seconds).ok_or_else(|| {
            let path = path("MetricStat.Period");
            Error::Unfit(format!(
                "The value {seconds} for parameter {path} must be 1, 5, 10, 20, 30, or a multiple of 60."
            ))
        })?;
        let windows = spans(start, end, minutes).ok_or_else(|| {
            let text = "The parameter StartTime must be less than the parameter EndTime.";
            Error::Unfit(text.to_owned())
        })?;
        let word = str(&asked.stat).unwrap_or_default();
        let stat = Stat::parse(word).ok_or_else(|| {
            let path = path("MetricStat.Stat");
            Error::Unfit(format!("The value {word} for parameter {path} is not supported."))
        })?;
        let Some(Structure(metric)) = &asked.metric else {
            return Err(Error::Unfit(format!(
                "The parameter {} is required.",
                path("MetricStat.Metric")
            )));
        };
        let (namespace, metric_name) = (str(&metric.namespace), str(&metric.metric_name));
        let namespace = namespace.unwrap_or_default();
        let metric_name = metric_name.unwrap_or_default();
        Ok(Asked {
            id,
            label: str(&self.label).unwrap_or(metric_name),
            name: name(&caller.region, namespace, metric_name, &metric.dimensions),
            unit: str(&asked.unit).and_then(Unit::parse),
            stat,
            windows,
            is_shown: self.return_data != Some(Flag(false)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_begin_with_a_small_letter() {
        assert!(["m", "m1", "a_B"].iter().all(|id| is_id(id)));
        assert!(["", "M", "1m", "m-1", "é"].iter().all(|id| !is_id(id)));
    }
}
