//! Mappings for people (pure but for the output).

use domain::ArnParts;
use std::fmt::Write as _;
use std::io::{self, Write};

use crate::cli::style::Style;
use crate::cli::table::Table;
use crate::client::Mapping;

/// Prints a mapping as JSON, or under `heading` with all that matters of it.
///
/// # Errors
/// If the output is gone.
pub(super) fn one(heading: &str, mapping: &Mapping, json: bool) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(mapping)?)?;
    } else {
        let heading = Style::stdout().good(heading).to_string();
        write!(out, "{}", details(&heading, mapping))?;
    }
    Ok(())
}

fn details(heading: &str, mapping: &Mapping) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        // A text takes whatever is written to it.
        let _ = writeln!(text, "  {name:<10} {value}");
    };
    line("stream", &mapping.event_source_arn);
    line("function", &mapping.function_arn);
    line("output", mapping.output_arn().unwrap_or("-"));
    line("state", &state(mapping));
    line("batches", &batches(mapping));
    for pattern in patterns(mapping) {
        line("filter", pattern);
    }
    line("failures", &failures(mapping));
    if let Some(arn) = mapping.on_failure_arn() {
        line("given up", arn);
    }
    line("result", result(mapping));
    if let Some(hint) = target_hint(mapping) {
        line("", &hint);
    }
    format!("{heading} {}\n{text}", mapping.uuid)
}

fn state(mapping: &Mapping) -> String {
    let position = mapping.rest.get("StartingPosition").and_then(|value| value.as_str());
    match position {
        Some(position) => {
            let position = position.to_lowercase().replace('_', "-");
            format!("{} (began at {position})", mapping.state)
        }
        None => mapping.state.clone(),
    }
}

fn batches(mapping: &Mapping) -> String {
    let number = |member: &str, default: i64| mapping.number(member).unwrap_or(default);
    let size = number("BatchSize", 100);
    let window = number("MaximumBatchingWindowInSeconds", 0);
    let parallel = number("ParallelizationFactor", 1);
    let wait = if window > 0 { format!(" or {window} s") } else { String::new() };
    let windows = match number("TumblingWindowInSeconds", 0) {
        0 => String::new(),
        seconds => format!(", tumbling windows of {seconds} s"),
    };
    format!("up to {size} records{wait}, {parallel} at a time for each shard{windows}")
}

/// The patterns of its filters.
fn patterns(mapping: &Mapping) -> impl Iterator<Item = &str> {
    let criteria = mapping.rest.get("FilterCriteria");
    let filters = criteria.and_then(|it| it["Filters"].as_array()).into_iter().flatten();
    filters.filter_map(|it| it["Pattern"].as_str())
}

fn failures(mapping: &Mapping) -> String {
    let number = |member: &str| mapping.number(member).filter(|value| *value >= 0);
    let retries = match number("MaximumRetryAttempts") {
        Some(1) => "tried again once".to_owned(),
        Some(count) => format!("tried again {count} times"),
        None => "tried again as long as records are kept".to_owned(),
    };
    let mut text = match number("MaximumRecordAgeInSeconds") {
        Some(age) => format!("{retries}, given up after {age} s"),
        None => retries,
    };
    if mapping.rest.get("BisectBatchOnFunctionError").is_some_and(|it| *it == true) {
        text.push_str(", batches are halved");
    }
    let types = mapping.rest.get("FunctionResponseTypes").and_then(|it| it.as_array());
    if types.is_some_and(|types| !types.is_empty()) {
        text.push_str(", single records are reported");
    }
    if let Some(attempts) = number("ParkAfterAttempts") {
        let attempts =
            if attempts == 1 { "1 attempt".to_owned() } else { format!("{attempts} attempts") };
        let _ = write!(text, ", parked with their key after {attempts}");
    }
    text
}

fn result(mapping: &Mapping) -> &str {
    match mapping.last_processing_result.as_str() {
        "" => "-",
        result => result,
    }
}

/// How to name a stream for what the function emits, if it emits and there is none.
pub(super) fn target_hint(mapping: &Mapping) -> Option<String> {
    let wants = mapping.last_processing_result.contains("has no stream for it");
    let hint = || format!("`shardmill mappings update {} --to STREAM` names one", mapping.uuid);
    (wants && mapping.output_arn().is_none()).then(hint)
}

/// Mappings, one a line.
pub(super) fn table(mappings: &[Mapping], style: Style) -> Table {
    let headings = ["mapping", "stream", "function", "output", "state", "last result"];
    let mut table = Table::new(style, &headings).words(headings.len());
    for mapping in mappings {
        table.row([
            mapping.uuid.clone(),
            name_in(&mapping.event_source_arn).to_owned(),
            name_in(&mapping.function_arn).to_owned(),
            mapping.output_arn().map_or("-", name_in).to_owned(),
            mapping.state.clone(),
            result(mapping).to_owned(),
        ]);
    }
    table
}

/// The name at the end of an ARN; anything else as it is.
fn name_in(arn: &str) -> &str {
    let name = ArnParts::of(arn).and_then(|parts| match parts.service {
        "kinesis" => parts.resource.strip_prefix("stream/"),
        "lambda" => parts.resource.strip_prefix("function:"),
        _ => None,
    });
    name.unwrap_or(arn)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn mapping(more: Value) -> Mapping {
        let mut told = json!({
            "UUID": "u-1", "State": "Enabled", "LastProcessingResult": "OK",
            "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:quakes",
            "EventSourceArn": "arn:aws:kinesis:us-east-1:000000000000:stream/earthquakes",
            "StartingPosition": "TRIM_HORIZON",
        });
        for (name, value) in more.as_object().unwrap() {
            told[name] = value.clone();
        }
        serde_json::from_value(told).unwrap()
    }

    #[test]
    fn a_mapping_stands_on_one_line() {
        let output = "arn:aws:kinesis:us-east-1:000000000000:stream/significant";
        let output = json!({ "DestinationConfig": { "OnSuccess": { "Destination": output } } });
        let shown = table(&[mapping(json!({})), mapping(output)], Style::plain()).to_string();
        assert_eq!(
            shown,
            "  mapping  stream       function  output       state    last result\n  \
               u-1      earthquakes  quakes    -            Enabled  OK\n  \
               u-1      earthquakes  quakes    significant  Enabled  OK\n"
        );
    }

    #[test]
    fn details_are_sentences() {
        let shown = details("mapping", &mapping(json!({})));
        assert!(shown.starts_with("mapping u-1\n  stream     arn:aws:kinesis:"), "{shown}");
        for line in [
            "  state      Enabled (began at trim-horizon)\n",
            "  batches    up to 100 records, 1 at a time for each shard\n",
            "  failures   tried again as long as records are kept\n",
        ] {
            assert!(shown.contains(line), "{shown}");
        }
        let knobs = json!({
            "BatchSize": 10, "MaximumBatchingWindowInSeconds": 2, "ParallelizationFactor": 4,
            "TumblingWindowInSeconds": 60,
            "MaximumRetryAttempts": 3, "MaximumRecordAgeInSeconds": 60,
            "BisectBatchOnFunctionError": true, "FunctionResponseTypes": ["ReportBatchItemFailures"],
        });
        let shown = details("mapping", &mapping(knobs));
        let batches =
            "up to 10 records or 2 s, 4 at a time for each shard, tumbling windows of 60 s\n";
        assert!(shown.contains(batches), "{shown}");
        let failures = "tried again 3 times, given up after 60 s, batches are halved, single records are reported";
        assert!(shown.contains(failures), "{shown}");
        let problem =
            "PROBLEM: function emitted a record, but mapping u-1 has no stream for it: set";
        let shown = details("mapping", &mapping(json!({ "LastProcessingResult": problem })));
        assert!(
            shown.ends_with("  `shardmill mappings update u-1 --to STREAM` names one\n"),
            "{shown}"
        );
    }

    #[test]
    fn names_are_cut_out_of_arns_of_a_known_form_only() {
        assert_eq!(name_in("arn:aws:lambda:eu:0:function:f:live"), "f:live");
        assert_eq!(name_in("arn:aws:kinesis:eu:0:stream/s/consumer/c:1"), "s/consumer/c:1");
        assert_eq!(name_in("arn:aws:sqs:eu:0:q"), "arn:aws:sqs:eu:0:q");
        assert_eq!(name_in(""), "");
    }
}
