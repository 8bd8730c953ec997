//! How a mapping reads: the flags, and what Lambda calls them (pure).

use serde_json::{Map, Value};

/// Flags that a mapping may be made with and changed by.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct Knobs {
    /// Records in one batch at most [default when made: 100]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(i64).range(1..=10_000))]
    batch_size: Option<i64>,

    /// How long a batch may wait to become full [default when made: 0]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(i64).range(0..=300))]
    window: Option<i64>,

    /// Length of tumbling windows, at whose end a handler is called with the state that it built up; 0 for none
    /// [default when made: 0]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(i64).range(0..=900))]
    tumbling: Option<i64>,

    /// Batches of one shard at one time; those with the same partition key stay in order
    /// [default when made: 1]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(i64).range(1..=10))]
    parallel: Option<i64>,

    /// Tries after the first before a failing batch is given up; -1 for as long as its records are kept
    /// [default when made: -1]
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true, value_parser = clap::value_parser!(i64).range(-1..=10_000))]
    retries: Option<i64>,

    /// Give records up that are older than this, from 60 on; -1 for never [default when made: -1]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, value_parser = max_age)]
    max_age: Option<i64>,

    /// Halve a batch that failed and try each half on its own, until only the records that fail are tried again
    /// [default when made: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    bisect: Option<bool>,

    /// Take what is before the first record that the function says failed for done; otherwise one that failed fails
    /// its batch [default when made: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    report_failures: Option<bool>,

    /// Put a record that failed so often, alone, aside with its key, instead of blocking its shard; `functions parked`
    /// shows them. 0 for never [default when made: 0]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(i64).range(0..=1000))]
    park_after: Option<i64>,

    /// Hand over only records that this pattern holds of, such as '{"data":{"mag":[{"numeric":[">",5]}]}}'; one of
    /// several is enough
    #[arg(long, value_name = "PATTERN", value_parser = pattern)]
    filter: Vec<String>,
}

/// What the server would refuse is refused here, with the place.
fn pattern(text: &str) -> Result<String, String> {
    crate::cli::tail::parse_filter(text).map(|_| text.to_owned())
}

fn max_age(text: &str) -> Result<i64, String> {
    match text.parse() {
        Ok(seconds @ (-1 | 60..=604_800)) => Ok(seconds),
        _ => Err("write -1, or 60 to 604800".to_owned()),
    }
}

impl Knobs {
    /// Adds what was given, as Lambda names it.
    pub(super) fn put_into(&self, input: &mut Map<String, Value>) {
        let Self {
            batch_size,
            window,
            tumbling,
            parallel,
            retries,
            max_age,
            bisect,
            report_failures,
            park_after,
            filter,
        } = self;
        if let Some(bisect) = bisect {
            input.insert("BisectBatchOnFunctionError".to_owned(), (*bisect).into());
        }
        if let Some(reports) = report_failures {
            let types: &[&str] = if *reports { &["ReportBatchItemFailures"] } else { &[] };
            input.insert("FunctionResponseTypes".to_owned(), types.into());
        }
        if !filter.is_empty() {
            input.insert("FilterCriteria".to_owned(), criteria(filter));
        }
        for (member, value) in [
            ("BatchSize", batch_size),
            ("MaximumBatchingWindowInSeconds", window),
            ("TumblingWindowInSeconds", tumbling),
            ("ParkAfterAttempts", park_after),
            ("ParallelizationFactor", parallel),
            ("MaximumRetryAttempts", retries),
            ("MaximumRecordAgeInSeconds", max_age),
        ] {
            if let Some(value) = value {
                input.insert(member.to_owned(), (*value).into());
            }
        }
    }
}

/// What these patterns are as Lambda names them; without any, all records are handed over.
pub(super) fn criteria(patterns: &[String]) -> Value {
    let filters: Vec<_> = patterns.iter().map(|it| serde_json::json!({ "Pattern": it })).collect();
    serde_json::json!({ "Filters": filters })
}

/// What makes these the streams that a function's output goes to, and what is told of records that are given up;
/// nothing if there is neither.
pub(super) fn destinations(output: Option<&str>, failures: Option<&str>) -> Option<Value> {
    let mut config = Map::new();
    for (member, arn) in [("OnSuccess", output), ("OnFailure", failures)] {
        if let Some(arn) = arn {
            config.insert(member.to_owned(), serde_json::json!({ "Destination": arn }));
        }
    }
    (!config.is_empty()).then_some(Value::Object(config))
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::json;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        knobs: Knobs,
    }

    fn read(line: &str) -> Result<Value, clap::Error> {
        let words = std::iter::once("test").chain(line.split_whitespace());
        let mut input = Map::new();
        Line::try_parse_from(words)?.knobs.put_into(&mut input);
        Ok(Value::Object(input))
    }

    #[test]
    fn flags_become_members() {
        assert_eq!(read("").unwrap(), json!({}));
        let all = "--batch-size 500 --window 3 --tumbling 60 --parallel 2 --retries -1 --max-age 60 --park-after 3 --bisect --report-failures --filter {\"partitionKey\":[\"k\"]} --filter {\"data\":{\"a\":[1]}}";
        assert_eq!(
            read(all).unwrap(),
            json!({
                "BatchSize": 500, "MaximumBatchingWindowInSeconds": 3, "ParallelizationFactor": 2,
                "TumblingWindowInSeconds": 60, "ParkAfterAttempts": 3,
                "MaximumRetryAttempts": -1, "MaximumRecordAgeInSeconds": 60,
                "BisectBatchOnFunctionError": true, "FunctionResponseTypes": ["ReportBatchItemFailures"],
                "FilterCriteria": { "Filters": [{ "Pattern": "{\"partitionKey\":[\"k\"]}" }, { "Pattern": "{\"data\":{\"a\":[1]}}" }] },
            })
        );
    }

    #[test]
    fn what_was_switched_on_can_be_switched_off() {
        assert_eq!(
            read("--bisect false --report-failures false").unwrap(),
            json!({ "BisectBatchOnFunctionError": false, "FunctionResponseTypes": [] })
        );
    }

    #[test]
    fn bounds_are_those_of_lambda() {
        for line in [
            "--batch-size 0",
            "--batch-size 10001",
            "--window 301",
            "--tumbling 901",
            "--park-after 1001",
            "--parallel 11",
            "--retries -2",
            "--max-age 59",
            "--max-age -2",
            "--max-age x",
            "--filter {\"body\":[1]}",
        ] {
            assert!(read(line).is_err(), "{line}");
        }
    }
}
