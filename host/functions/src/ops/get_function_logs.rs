//! GetFunctionLogs: lines of a function's log, and more of them as they come. An operation of our own.
//!
//! A token is sealed: version (1), log (8), term (4), offset (8), numbers big-endian.

use std::time::Duration;

use domain::limits;
use serde::{Deserialize, Serialize};
use storage::{LogId, Position, Term};
use wire::shape::{Int, Moment, Text};
use wire::token::Purpose;
use wire::{Caller, Check, Checks, Operation, Resource, Trail};

use super::Service;
use super::rules;
use super::target::Target;
use crate::logs::Line;
use crate::{Error, Result};

const TOKEN_VERSION: u8 = 1;
/// Lines of a page if not told otherwise.
const LINES_DEFAULT: usize = 1000;
/// How long a call may wait for lines.
const WAIT_MS_MAX: i64 = 20_000;

pub(super) struct GetFunctionLogs;

impl Operation for GetFunctionLogs {
    const NAME: &str = "GetFunctionLogs";
    const ACTION: &str = "shardmill:GetFunctionLogs";
    const TRAIL: Trail = Trail::DataRead;
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(
        functions: &Service,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        Ok(vec![input.target().resource(functions, caller, Self::ACTION)])
    }

    async fn run(functions: &Service, caller: &Caller, input: Self::Input<'_>) -> Result<Output> {
        let function = input.target().find(functions, caller)?;
        let log = function.facts.log;
        let logs = &functions.logs;
        let token = input.next_token.as_ref().map(|token| {
            let content = functions.open_token(Purpose::FunctionLog, token.as_str())?;
            position_of(&content).ok_or(Error::Token)
        });
        let from = match (token.transpose()?, input.start_time) {
            // Of a function that had this name before: its log is gone, the new one is read from its start.
            (Some((of, _)), _) if of != log => Position::START,
            (Some((_, position)), _) => position,
            (None, Some(start)) => logs.seek(log, start.millis()).await?,
            (None, None) => Position::START,
        };
        let asked = input.limit.and_then(|Int(limit)| usize::try_from(limit).ok());
        let wait = input.wait_milliseconds.and_then(|Int(ms)| u64::try_from(ms).ok());
        let wait = Duration::from_millis(wait.unwrap_or(0));
        let page = logs.read(log, from, asked.unwrap_or(LINES_DEFAULT), wait).await?;
        let next_token = functions.seal(Purpose::FunctionLog, &content(log, page.next));
        let lines = page.lines.into_iter().map(Into::into).collect();
        Ok(Output { lines, next_token })
    }
}

fn content(log: LogId, next: Position) -> Vec<u8> {
    let mut content = vec![TOKEN_VERSION];
    content.extend_from_slice(&log.0.to_be_bytes());
    content.extend_from_slice(&next.term.0.to_be_bytes());
    content.extend_from_slice(&next.offset.to_be_bytes());
    content
}

fn position_of(content: &[u8]) -> Option<(LogId, Position)> {
    let rest = content.strip_prefix(&[TOKEN_VERSION])?;
    let (log, rest) = rest.split_first_chunk()?;
    let (term, rest) = rest.split_first_chunk()?;
    let offset = u64::from_be_bytes(rest.try_into().ok()?);
    let term = Term(u32::from_be_bytes(*term));
    Some((LogId(u64::from_be_bytes(*log)), Position { term, offset }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    function_name: Option<Text<'a>>,
    /// Where a page before ended.
    #[serde(borrow)]
    next_token: Option<Text<'a>>,
    /// Without a token: when to begin.
    start_time: Option<Moment>,
    /// Lines at most.
    limit: Option<Int>,
    /// How long to wait if there are none.
    wait_milliseconds: Option<Int>,
}

impl Input<'_> {
    fn target(&self) -> Target<'_> {
        Target::new(&self.function_name)
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        self.target().check(checks, rules::FUNCTION);
        let number = |it: Option<Int>| it.map(|Int(number)| number);
        checks.number("limit", number(self.limit), 1, limits::PAGE_MAX as i64);
        checks.number("waitMilliseconds", number(self.wait_milliseconds), 0, WAIT_MS_MAX);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    lines: Vec<Shown>,
    next_token: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Shown {
    timestamp: Moment,
    request_id: String,
    level: &'static str,
    message: String,
}

impl From<Line> for Shown {
    fn from(line: Line) -> Self {
        Self {
            timestamp: line.at.into(),
            request_id: line.request_id,
            level: line.level.as_str(),
            message: line.text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_they_were_written() {
        let place = (LogId(7), Position { term: Term(8), offset: 9 });
        assert_eq!(position_of(&content(place.0, place.1)), Some(place));
        for bad in [&b""[..], b"\x01", b"\x02aaaaaaaabbbbcccccccc", b"\x01aaaaaaaabbbbccccccccc"] {
            assert_eq!(position_of(bad), None);
        }
    }
}
