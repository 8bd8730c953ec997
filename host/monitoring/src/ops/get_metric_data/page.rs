//! Pages of an answer: so many data points at most, over all queries.

use serde::Serialize;
use wire::shape::Moment;

use super::query::Asked;
use crate::stat::Stat;
use crate::window::Points;
use crate::{Error, Minute, Result, Rollup};

/// Which part of an answer is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    /// Data points that were in earlier pages.
    pub(super) skip: usize,
    /// Data points at most.
    pub(super) max: usize,
    pub(super) ascending: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MetricDataResult {
    id: String,
    label: String,
    status_code: &'static str,
    timestamps: Vec<Moment>,
    values: Vec<f64>,
}

impl Page {
    /// The results of this page, and how many data points come before the next one, if there is one.
    pub(super) fn of(
        &self,
        asked: &[Asked<'_>],
        answers: &[Points],
    ) -> (Vec<MetricDataResult>, Option<usize>) {
        let (mut before, mut room) = (0, self.max);
        let mut results = Vec::new();
        let mut next = None;
        for (asked, points) in asked.iter().zip(answers).filter(|(asked, _)| asked.is_shown) {
            let told = self.told(points, asked.stat);
            let count = told.len();
            let skip = self.skip.saturating_sub(before).min(count);
            before += count;
            // What was told as a whole is not told again.
            if skip == count && self.skip > 0 {
                continue;
            }
            if room == 0 && count > 0 {
                next.get_or_insert(self.skip + self.max);
                continue;
            }
            let some: Vec<_> = told.into_iter().skip(skip).take(room).collect();
            room -= some.len();
            let is_whole = skip + some.len() == count;
            if !is_whole {
                next.get_or_insert(self.skip + self.max);
            }
            let (timestamps, values) = some.into_iter().unzip();
            results.push(MetricDataResult {
                id: asked.id.to_owned(),
                label: asked.label.to_owned(),
                status_code: if is_whole { "Complete" } else { "PartialData" },
                timestamps,
                values,
            });
        }
        (results, next)
    }

    fn told(&self, points: &Points, stat: Stat) -> Vec<(Moment, f64)> {
        let told = |(at, found): (Minute, &Rollup)| Some((at.start().into(), stat.of(found)?));
        match self.ascending {
            true => points.each().filter_map(told).collect(),
            false => points.each().rev().filter_map(told).collect(),
        }
    }
}

/// What a page token carries: the data points before it, and of which question.
pub(super) fn content(skip: usize, identity: &[i64; 3]) -> Vec<u8> {
    let mut content = (skip as u64).to_be_bytes().to_vec();
    identity.iter().for_each(|part| content.extend_from_slice(&part.to_be_bytes()));
    content
}

/// How many data points were before the page.
pub(super) fn opened(token: &[u8], identity: &[i64; 3]) -> Result<usize> {
    let skip = token.first_chunk().map(|bytes| u64::from_be_bytes(*bytes));
    let skip = skip.and_then(|skip| usize::try_from(skip).ok()).ok_or(Error::Token)?;
    if token == content(skip, identity) { Ok(skip) } else { Err(Error::Token) }
}
