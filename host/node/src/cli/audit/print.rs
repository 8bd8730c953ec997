//! An event as a line for people.

use std::io::{self, Write};

use anyhow::Context as _;
use domain::ArnParts;
use serde_json::Value;

use crate::cli::functions::visible;
use crate::cli::style::Style;
use crate::cli::tail::moment;
use crate::client::AuditEvent;

/// What is shown of an event.
#[derive(Debug)]
pub(super) struct Line {
    time: String,
    trail: String,
    name: String,
    user: String,
    access_key_id: String,
    from: String,
    resources: String,
    error: Option<String>,
    count: u64,
}

/// The widths of all columns but the last.
const TIME: usize = 20;
const TRAIL: usize = 12;
const USER: usize = 16;
const NAME: usize = 28;
const FROM: usize = 15;

impl Line {
    pub(super) fn of(event: &AuditEvent) -> anyhow::Result<Self> {
        let value: Value = serde_json::from_str(&event.event).context("an event is not JSON")?;
        let text = |pointer: &str| {
            let found = value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            visible(found)
        };
        let kind = text("/userIdentity/type");
        let session = text("/userIdentity/principalId");
        let session = session.split_once(':').map(|(_, session)| session.to_owned());
        let user = match &*kind {
            "Root" => "root".to_owned(),
            "AssumedRole" => session.unwrap_or_default(),
            "IAMUser" => text("/userIdentity/userName"),
            _ => "-".to_owned(),
        };
        let resources = value["resources"].as_array().into_iter().flatten();
        let names = resources.filter_map(|resource| resource["ARN"].as_str());
        let names: Vec<String> = names
            .map(|arn| visible(ArnParts::of(arn).map_or(arn, |parts| parts.resource)))
            .collect();
        let code = text("/errorCode");
        let message = text("/errorMessage");
        let error = (!code.is_empty()).then(|| match message.is_empty() {
            true => code,
            false => format!("{code}: {message}"),
        });
        let dropped = value.pointer("/serviceEventDetails/count").and_then(Value::as_u64);
        let folded = value.pointer("/additionalEventData/count").and_then(Value::as_u64);
        Ok(Self {
            time: seconds(&moment(event.time)),
            trail: visible(&event.trail),
            name: text("/eventName"),
            user,
            access_key_id: text("/userIdentity/accessKeyId"),
            from: text("/sourceIPAddress"),
            resources: names.join(" "),
            error,
            count: dropped.or(folded).unwrap_or(1),
        })
    }

    pub(super) fn is_wanted(&self, name: Option<&str>, user: Option<&str>, errors: bool) -> bool {
        // The events of Lambda have the date of their API behind the name.
        let plain = self.name.trim_end_matches("v2").trim_end_matches(|c: char| c.is_ascii_digit());
        let has_name = name.is_none_or(|name| self.name == name || plain == name);
        let has_user = user.is_none_or(|user| self.user == user || self.access_key_id == user);
        has_name && has_user && (!errors || self.error.is_some())
    }

    /// `2026-11-01T12:00:00Z  ci  DeleteStream  10.0.0.7  stream/clicks`.
    pub(super) fn write(&self, out: &mut impl Write, all: bool, style: Style) -> io::Result<()> {
        let Self { time, trail, name, user, from, resources, .. } = self;
        write!(out, "{time:<TIME$}  ")?;
        if all {
            write!(out, "{trail:<TRAIL$}  ")?;
        }
        write!(out, "{user:<USER$}  {name:<NAME$}  {from:<FROM$}")?;
        if !resources.is_empty() {
            write!(out, "  {resources}")?;
        }
        if self.count > 1 {
            write!(out, "  ({} times)", self.count)?;
        }
        if let Some(error) = &self.error {
            write!(out, "  {}", style.error(error))?;
        }
        writeln!(out)
    }
}

pub(super) fn heading(out: &mut impl Write, all: bool, style: Style) -> io::Result<()> {
    let trail = if all { format!("{:<TRAIL$}  ", "account") } else { String::new() };
    let line = format!(
        "{:<TIME$}  {trail}{:<USER$}  {:<NAME$}  {:<FROM$}  about",
        "time", "user", "event", "from"
    );
    writeln!(out, "{}", style.heading(line))
}

/// `2026-11-01T12:00:00.123Z` to the second.
fn seconds(time: &str) -> String {
    time.split_once('.').map_or_else(|| time.to_owned(), |(head, _)| format!("{head}Z"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn line(event: &Value) -> Line {
        let event = AuditEvent {
            trail: "000000000000".to_owned(),
            number: 0,
            time: 1_517_363_399.65,
            event: event.to_string(),
        };
        Line::of(&event).unwrap()
    }

    fn shown(event: &Value) -> String {
        let mut out = Vec::new();
        line(event).write(&mut out, false, Style::plain()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn events_stand_one_a_line() {
        let event = json!({
            "userIdentity": { "type": "IAMUser", "userName": "ci", "accessKeyId": "AK" },
            "eventName": "DeleteFunction20150331", "sourceIPAddress": "10.0.0.7",
            "resources": [{ "ARN": "arn:aws:lambda:r:a:function:f" }],
            "errorCode": "AccessDeniedException", "errorMessage": "no\n\u{1b}[2J",
        });
        let expected = "2018-01-31T01:49:59Z  ci                DeleteFunction20150331        \
                        10.0.0.7         function:f  AccessDeniedException: no\n    \\u{1b}[2J\n";
        assert_eq!(shown(&event), expected);
        let line = line(&event);
        assert!(line.is_wanted(Some("DeleteFunction"), Some("ci"), true));
        assert!(line.is_wanted(Some("DeleteFunction20150331"), Some("AK"), false));
        assert!(!line.is_wanted(Some("DeleteStream"), None, false));
        assert!(!line.is_wanted(None, Some("root"), false));
    }

    #[test]
    fn folded_events_tell_their_number() {
        let event = json!({
            "userIdentity": { "type": "Unknown" }, "eventName": "CreateStream",
            "additionalEventData": { "count": 12 },
        });
        assert!(shown(&event).ends_with("  (12 times)\n"), "{}", shown(&event));
        assert!(!line(&event).is_wanted(None, None, true));
        let root = json!({ "userIdentity": { "type": "Root" }, "eventName": "ListStreams" });
        assert!(line(&root).is_wanted(None, Some("root"), false));
    }
}
