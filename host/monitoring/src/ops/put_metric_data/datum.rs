//! One datum of a call, and what it is worth.

use domain::{Millis, limits};
use metering::cloud::{Statistics, Unit};
use serde::Deserialize;
use wire::shape::{Double, Int, List, Moment, Structure, Text};
use wire::{Caller, Checks};

use super::super::rules;
use super::super::shapes::{Dimensions, check_dimensions, name, str};
use crate::{Error, Minute, NewDatum, Result, Rollup};

use limits::METRIC_VALUES_MAX;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Datum<'a> {
    #[serde(borrow)]
    metric_name: Option<Text<'a>>,
    #[serde(borrow)]
    dimensions: Option<Dimensions<'a>>,
    timestamp: Option<Moment>,
    value: Option<Double>,
    statistic_values: Option<Structure<Sums>>,
    values: Option<Doubles>,
    counts: Option<Doubles>,
    #[serde(borrow)]
    unit: Option<Text<'a>>,
    storage_resolution: Option<Int>,
}

/// One more than is valid.
type Doubles = List<Double, { METRIC_VALUES_MAX + 1 }>;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Sums {
    sample_count: Option<Double>,
    sum: Option<Double>,
    minimum: Option<Double>,
    maximum: Option<Double>,
}

/// Where a datum stands, and when.
pub(super) struct At<'c> {
    pub(super) now: Millis,
    pub(super) caller: &'c Caller,
    pub(super) namespace: &'c str,
    /// Its number in the call.
    pub(super) number: usize,
}

impl At<'_> {
    fn path(&self, member: &str) -> String {
        format!("MetricData.member.{}.{member}", self.number)
    }

    fn wrong(&self, member: &str, value: f64) -> Error {
        let path = self.path(member);
        Error::Value(format!("The value {value} for parameter {path} is invalid."))
    }

    /// A number within CloudWatch's range.
    fn number(&self, member: &str, Double(value): Double) -> Result<f64> {
        let is_within =
            value.is_finite() && value.abs() <= 2f64.powi(limits::METRIC_VALUE_POWER_MAX);
        is_within.then_some(value).ok_or_else(|| self.wrong(member, value))
    }
}

impl Datum<'_> {
    pub(super) fn check(&self, checks: &mut Checks, path: &str) {
        let at = |member| format!("{path}.{member}");
        checks.required(at("metricName"), self.metric_name.as_ref());
        checks.text(at("metricName"), str(&self.metric_name), rules::NAME);
        check_dimensions(checks, &at("dimensions"), &self.dimensions);
        if let Some(Structure(sums)) = &self.statistic_values {
            let at = |member| format!("{path}.statisticValues.{member}");
            checks.required(at("sampleCount"), sums.sample_count.as_ref());
            checks.required(at("sum"), sums.sum.as_ref());
            checks.required(at("minimum"), sums.minimum.as_ref());
            checks.required(at("maximum"), sums.maximum.as_ref());
        }
        rules::check_unit(checks, &at("unit"), str(&self.unit));
        let resolution = self.storage_resolution.map(|Int(seconds)| seconds);
        checks.number(at("storageResolution"), resolution, 1, i64::MAX);
    }

    /// What is to be kept of it.
    pub(super) fn read(&self, at: &At<'_>) -> Result<NewDatum> {
        let metric = str(&self.metric_name).unwrap_or_default();
        let name = name(&at.caller.region, at.namespace, metric, &self.dimensions);
        let unit = str(&self.unit).and_then(Unit::parse).unwrap_or(Unit::NONE);
        let resolution = self.storage_resolution.map_or(60, |Int(seconds)| seconds);
        if ![1, 60].contains(&resolution) {
            let path = at.path("StorageResolution");
            let text = format!("The value {resolution} for parameter {path} is invalid.");
            return Err(Error::Value(text));
        }
        Ok(NewDatum { name, unit, minute: self.minute(at)?, rollup: self.rollup(at)? })
    }

    fn minute(&self, at: &At<'_>) -> Result<Minute> {
        let Some(moment) = self.timestamp else {
            return Ok(Minute::of(at.now));
        };
        let moment = moment.millis();
        let path = at.path("Timestamp");
        if at.now.since(moment) > limits::METRIC_PAST_MS {
            let text = format!(
                "The parameter {path} must specify a time no more than two weeks in the past."
            );
            return Err(Error::Value(text));
        }
        if moment.since(at.now) > limits::METRIC_FUTURE_MS {
            let text = format!(
                "The parameter {path} must specify a time no more than two hours in the future."
            );
            return Err(Error::Value(text));
        }
        Ok(Minute::of(moment))
    }

    fn rollup(&self, at: &At<'_>) -> Result<Rollup> {
        let given = [
            ("Value", self.value.is_some()),
            ("StatisticValues", self.statistic_values.is_some()),
            ("Values", self.values.is_some()),
        ];
        let given: Vec<&str> =
            given.iter().filter(|(_, is_given)| *is_given).map(|(name, _)| *name).collect();
        if let [one, other, ..] = given[..] {
            let (one, other) = (at.path(one), at.path(other));
            let text = format!(
                "The parameters {one} and {other} are mutually exclusive and you have specified both."
            );
            return Err(Error::Combination(text));
        }
        if let Some(value) = self.value {
            return Ok(Rollup::of(at.number("Value", value)?, 1.0));
        }
        if let Some(Structure(sums)) = &self.statistic_values {
            return sums.rollup(at);
        }
        let missing = || {
            let (value, sums) = (at.path("Value"), at.path("StatisticValues"));
            let values = at.path("Values");
            Error::Missing(format!(
                "At least one of the parameters {value}, {sums}, {values} must be specified."
            ))
        };
        samples(self.values.as_ref().ok_or_else(missing)?, self.counts.as_ref(), at)
    }
}

/// Values, each of which there were so many times; once, where nothing is said.
fn samples(values: &Doubles, counts: Option<&Doubles>, at: &At<'_>) -> Result<Rollup> {
    if values.count() > METRIC_VALUES_MAX || values.count() == 0 {
        let path = at.path("Values");
        let text = format!("The collection {path} must have a size of 1 to {METRIC_VALUES_MAX}.");
        return Err(Error::Value(text));
    }
    if let Some(counts) = counts.filter(|counts| counts.count() != values.count()) {
        let (path, counted) = (at.path("Values"), at.path("Counts"));
        let (values, counts) = (values.count(), counts.count());
        let text = format!(
            "The parameters {path} and {counted} must have the same size, not {values} and {counts}."
        );
        return Err(Error::Value(text));
    }
    let mut all: Option<Rollup> = None;
    for (index, value) in values.kept().iter().enumerate() {
        let value = at.number("Values", value.unwrap_or(Double(f64::NAN)))?;
        let count = match counts.and_then(|counts| counts.kept().get(index)) {
            Some(count) => at.number("Counts", count.unwrap_or(Double(f64::NAN)))?,
            None => 1.0,
        };
        if count <= 0.0 {
            return Err(at.wrong("Counts", count));
        }
        let some = Rollup::of(value, count);
        match &mut all {
            Some(all) => all.merge(&some),
            None => all = Some(some),
        }
    }
    all.ok_or_else(|| at.wrong("Values", f64::NAN))
}

impl Sums {
    fn rollup(&self, at: &At<'_>) -> Result<Rollup> {
        let number = |member: &str, value: Option<Double>| {
            let path = format!("StatisticValues.{member}");
            at.number(&path, value.unwrap_or(Double(f64::NAN)))
        };
        let statistics = Statistics {
            count: number("SampleCount", self.sample_count)?,
            sum: number("Sum", self.sum)?,
            min: number("Minimum", self.minimum)?,
            max: number("Maximum", self.maximum)?,
        };
        if statistics.count <= 0.0 {
            return Err(at.wrong("StatisticValues.SampleCount", statistics.count));
        }
        if statistics.min > statistics.max {
            let (min, max) =
                (at.path("StatisticValues.Minimum"), at.path("StatisticValues.Maximum"));
            let text = format!("The parameter {min} must not be greater than {max}.");
            return Err(Error::Value(text));
        }
        Ok(Rollup::of_sums(statistics))
    }
}
