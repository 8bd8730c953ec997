//! What was looked at, and what to do about it.

use std::io::{self, Write};

use serde::Serialize;

use crate::cli::style::Style;

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum State {
    /// As it should be.
    Good,
    /// Worth knowing.
    Note,
    /// Something should be done.
    Attention,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Finding {
    area: &'static str,
    check: String,
    state: State,
    value: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

/// Everything that was looked at, in order.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    findings: Vec<Finding>,
}

impl Report {
    /// Something is as it should be.
    pub(super) fn good(
        &mut self,
        area: &'static str,
        check: impl Into<String>,
        value: impl Into<String>,
    ) {
        self.add(area, check, value, State::Good, None);
    }

    /// Something is worth knowing.
    pub(super) fn note(
        &mut self,
        area: &'static str,
        check: impl Into<String>,
        value: impl Into<String>,
        advice: &str,
    ) {
        self.add(area, check, value, State::Note, Some(advice.to_owned()));
    }

    /// Something should be done.
    pub(super) fn attention(
        &mut self,
        area: &'static str,
        check: impl Into<String>,
        value: impl Into<String>,
        advice: impl Into<String>,
    ) {
        self.add(area, check, value, State::Attention, Some(advice.into()));
    }

    /// Good if it holds, and otherwise something to be done.
    pub(super) fn expect(
        &mut self,
        holds: bool,
        area: &'static str,
        check: impl Into<String>,
        value: impl Into<String>,
        advice: &str,
    ) {
        match holds {
            true => self.good(area, check, value),
            false => self.attention(area, check, value, advice),
        }
    }

    fn add(
        &mut self,
        area: &'static str,
        check: impl Into<String>,
        value: impl Into<String>,
        state: State,
        advice: Option<String>,
    ) {
        let (check, value) = (check.into(), value.into());
        self.findings.push(Finding { area, check, state, value, advice });
    }

    /// How many need attention.
    pub(super) fn alarms(&self) -> usize {
        self.findings.iter().filter(|finding| finding.state == State::Attention).count()
    }

    /// Prints it.
    ///
    /// # Errors
    /// If nobody listens.
    pub(super) fn print(&self, json: bool, style: Style) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        if json {
            writeln!(out, "{}", serde_json::to_string_pretty(self)?)?;
            return Ok(());
        }
        let width = self.findings.iter().map(|finding| finding.check.chars().count()).max();
        let width = width.unwrap_or(0);
        let mut area = "";
        for finding in &self.findings {
            if finding.area != area {
                area = finding.area;
                writeln!(out, "{}", style.heading(area))?;
            }
            let check = &finding.check;
            match finding.state {
                State::Good => write!(out, "  {}   {check:<width$}", style.good("ok  "))?,
                State::Note => write!(out, "  {}   {check:<width$}", style.hint("note"))?,
                State::Attention => write!(out, "  {}   {check:<width$}", style.warning("look"))?,
            }
            writeln!(out, "  {}", finding.value)?;
            if let Some(advice) = &finding.advice {
                writeln!(out, "         {}", advice)?;
            }
        }
        Ok(())
    }
}
