//! `shardmill mappings update`: change a mapping.

use clap::builder::NonEmptyStringValueParser;
use serde_json::{Map, Value};

use super::knobs::{self, Knobs};
use super::{explain, place, print, role_hint, settled, stream_arn};
use crate::cli::target::Target;
use crate::client::{Mapping, Seams};
use crate::refusal::Refusal;

/// Change a mapping, stop it or start it again
///
/// It goes on where it was; what is not named stays as it is. Waits until the change is made: batches in
/// hand are finished first.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill mappings update 8a2f0d2e-6a1c-4d7e-9f3b-2c4b5a697887 --disable
  shardmill mappings update 8a2f0d2e-6a1c-4d7e-9f3b-2c4b5a697887 --enable --batch-size 500 --parallel 4")]
pub(super) struct Args {
    /// Its UUID, as `mappings list` shows it
    #[arg(value_name = "UUID", value_parser = NonEmptyStringValueParser::new())]
    uuid: String,

    /// Let it work
    #[arg(long, conflicts_with = "disable")]
    enable: bool,

    /// Let it rest; it keeps its place
    #[arg(long)]
    disable: bool,

    /// Function that gets the records: name or ARN
    #[arg(long, value_name = "FUNCTION")]
    function: Option<String>,

    /// Stream that what the function emits goes to: name or ARN
    #[arg(long, value_name = "STREAM")]
    to: Option<String>,

    /// Who is told of records that are given up, with the records: a stream by name or ARN, a bucket as s3://BUCKET, or
    /// the URL of an HTTP endpoint
    #[arg(long, value_name = "PLACE")]
    on_failure: Option<String>,

    /// Tell nobody of records that are given up
    #[arg(long, conflicts_with = "on_failure")]
    no_on_failure: bool,

    #[command(flatten)]
    knobs: Knobs,

    /// Hand over all records again
    #[arg(long, conflicts_with = "filter")]
    no_filter: bool,

    /// Print the mapping as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

/// Changes it.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.target.functions_client(seams)?;
    let target = match &args.to {
        Some(to) => Some(stream_arn(&client, to).await?),
        None => None,
    };
    let on_failure = match &args.on_failure {
        Some(on_failure) => Some(place(&client, on_failure).await?),
        None => None,
    };
    let mut input = input(&args);
    let moves = target.is_some() || on_failure.is_some() || args.no_on_failure;
    if input.is_empty() && !moves {
        let refusal = Refusal::usage("nothing to change was named");
        return Err(refusal.hint("see `shardmill mappings update --help`").into());
    }
    // So that "not found" can only mean the function when the change itself is refused.
    let is = client.mapping(&args.uuid).await;
    let is = is.map_err(|error| explain(error, &args.uuid))?;
    if moves {
        input.insert(
            "DestinationConfig".to_owned(),
            destinations(&args, &is, target.as_deref(), on_failure.as_deref()),
        );
    }
    let changed = client.update_mapping(&is.uuid, &Value::Object(input)).await;
    let changed = changed.map_err(|error| {
        if let Some(hint) = error.message().and_then(role_hint) {
            let refusal = Refusal::failed("a permission is missing");
            return anyhow::Error::from(refusal.because(error).hint(hint));
        }
        match &args.function {
            Some(function) => crate::cli::functions::explain(error, function),
            None => explain(error, &args.uuid),
        }
    })?;
    let mapping = settled(&client, changed).await?;
    print::one("updated", &mapping, args.json)
}

/// Where output and failures go from now on. Lambda replaces both at once, so what is not named is said again.
fn destinations(
    args: &Args,
    is: &Mapping,
    target: Option<&str>,
    on_failure: Option<&str>,
) -> Value {
    let kept = is.on_failure_arn().filter(|_| !args.no_on_failure);
    let (output, failures) = (target.or_else(|| is.output_arn()), on_failure.or(kept));
    knobs::destinations(output, failures).unwrap_or_else(|| Map::new().into())
}

/// What UpdateEventSourceMapping takes, apart from destinations.
fn input(args: &Args) -> Map<String, Value> {
    let mut input = Map::new();
    if args.enable || args.disable {
        input.insert("Enabled".to_owned(), args.enable.into());
    }
    if let Some(function) = &args.function {
        input.insert("FunctionName".to_owned(), function.as_str().into());
    }
    args.knobs.put_into(&mut input);
    if args.no_filter {
        input.insert("FilterCriteria".to_owned(), knobs::criteria(&[]));
    }
    input
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::json;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    #[test]
    fn a_destination_that_is_not_named_stays() {
        let is: Mapping = serde_json::from_value(json!({
            "UUID": "u", "EventSourceArn": "s", "FunctionArn": "f", "State": "Enabled",
            "DestinationConfig": { "OnSuccess": { "Destination": "o" }, "OnFailure": { "Destination": "d" } },
        }))
        .unwrap();
        let to = |arn: &str| json!({ "Destination": arn });
        for (line, target, on_failure, expected) in [
            ("", Some("t"), None, json!({ "OnSuccess": to("t"), "OnFailure": to("d") })),
            ("", None, Some("e"), json!({ "OnSuccess": to("o"), "OnFailure": to("e") })),
            ("--no-on-failure", None, None, json!({ "OnSuccess": to("o") })),
        ] {
            let words = ["test", "u"].into_iter().chain(line.split_whitespace());
            let args = Line::try_parse_from(words).unwrap().args;
            assert_eq!(destinations(&args, &is, target, on_failure), expected);
        }
    }

    #[test]
    fn only_what_was_named_is_changed() {
        let change = |line: &str| {
            let words = ["test", "u"].into_iter().chain(line.split_whitespace());
            let line = Line::try_parse_from(words).unwrap();
            Value::Object(input(&line.args))
        };
        assert_eq!(change(""), json!({}));
        assert_eq!(change("--disable"), json!({ "Enabled": false }));
        assert_eq!(
            change("--enable --function f --retries 3"),
            json!({
                "Enabled": true, "FunctionName": "f", "MaximumRetryAttempts": 3,
            })
        );
        assert!(Line::try_parse_from(["test", "u", "--enable", "--disable"]).is_err());
    }
}
