//! `shardmill mappings create`: connect a stream to a function.

use anyhow::Context as _;
use serde_json::{Map, Value};

use super::knobs::{self, Knobs};
use super::{place, print, role_hint, settled, stream_arn};
use crate::cli::start::parse_start;
use crate::cli::target::Target;
use crate::client::{Client, ClientError, Seams, Start, seconds};
use crate::refusal::Refusal;

/// Hand the records of a stream to a function
///
/// Waits until the mapping works. What the function emits goes into the stream named with --to; without it,
/// the function may emit only where it names a stream itself.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill mappings create --function quakes --stream earthquakes --to significant
  shardmill mappings create --function clean --stream clicks --batch-size 500 --window 1 --parallel 4
  shardmill mappings create --function strong --stream earthquakes --filter '{\"data\":{\"mag\":[{\"numeric\":[\">\",5]}]}}'
  shardmill mappings create --function audit --stream orders --from latest --retries 3
  shardmill mappings create --function clean --stream clicks --retries 2 --bisect --report-failures --on-failure bad-clicks
  shardmill mappings create --function bill --stream orders --retries 5 --on-failure s3://failed-orders
  shardmill mappings create --function bill --stream orders --consumer billing")]
pub(super) struct Args {
    /// Function that gets the records: name or ARN
    #[arg(long, value_name = "FUNCTION")]
    function: String,

    /// Stream to read: name or ARN
    #[arg(long, value_name = "STREAM")]
    stream: String,

    /// Read as the consumer of this name that is registered with the stream (enhanced fan-out): the function's role is
    /// asked about it instead of the stream
    #[arg(long, value_name = "CONSUMER")]
    consumer: Option<String>,

    /// Stream that what the function emits goes to: name or ARN
    #[arg(long, value_name = "STREAM")]
    to: Option<String>,

    /// Who is told of records that are given up, with the records: a stream by name or ARN, a bucket as s3://BUCKET, or
    /// the URL of an HTTP endpoint
    #[arg(long, value_name = "PLACE")]
    on_failure: Option<String>,

    /// Where to begin: trim-horizon, latest, or a moment such as 2026-11-01T12:00:00Z or Unix seconds
    #[arg(long, value_name = "WHERE", default_value = "trim-horizon", value_parser = parse_start)]
    from: Start,

    #[command(flatten)]
    knobs: Knobs,

    /// Do not begin yet; `mappings update --enable` does
    #[arg(long)]
    disabled: bool,

    /// Print the mapping as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

/// Makes it.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.target.functions_client(seams)?;
    let source = source(&client, &args).await?;
    let target = match &args.to {
        Some(to) => Some(stream_arn(&client, to).await?),
        None => None,
    };
    let on_failure = match &args.on_failure {
        Some(on_failure) => Some(place(&client, on_failure).await?),
        None => None,
    };
    let destinations = knobs::destinations(target.as_deref(), on_failure.as_deref());
    let input = input(&args, &source, destinations);
    let made = client.create_mapping(&input).await.map_err(|error| explain(error, &args));
    let made = made.context("cannot make the mapping")?;
    let mapping = settled(&client, made).await?;
    print::one("created", &mapping, args.json)
}

/// The ARN of what is read.
async fn source(client: &Client, args: &Args) -> anyhow::Result<String> {
    let stream = stream_arn(client, &args.stream).await?;
    let Some(name) = &args.consumer else { return Ok(stream) };
    let consumer = client.consumer(&stream, name).await;
    let consumer = consumer.with_context(|| format!("cannot read as consumer `{name}`"))?;
    Ok(consumer.arn)
}

/// What CreateEventSourceMapping takes.
fn input(args: &Args, source: &str, destinations: Option<Value>) -> Value {
    let mut input = Map::new();
    let mut set = |member: &str, value: Value| drop(input.insert(member.to_owned(), value));
    set("FunctionName", args.function.as_str().into());
    set("EventSourceArn", source.into());
    match &args.from {
        Start::Latest => set("StartingPosition", "LATEST".into()),
        // A mapping begins at a place that can be typed; that of a record cannot.
        Start::TrimHorizon | Start::After(_) => set("StartingPosition", "TRIM_HORIZON".into()),
        Start::At(moment) => {
            set("StartingPosition", "AT_TIMESTAMP".into());
            set("StartingPositionTimestamp", seconds(*moment).into());
        }
    }
    if args.disabled {
        set("Enabled", false.into());
    }
    if let Some(destinations) = destinations {
        set("DestinationConfig", destinations);
    }
    args.knobs.put_into(&mut input);
    Value::Object(input)
}

fn explain(error: ClientError, args: &Args) -> anyhow::Error {
    if let Some(hint) = error.message().and_then(role_hint) {
        let refusal = Refusal::failed("a permission is missing");
        return refusal.because(error).hint(hint).into();
    }
    match error.code() {
        Some("ResourceConflictException") => {
            let refusal = Refusal::failed("there is such a mapping already");
            refusal
                .because(error)
                .hint("`shardmill mappings update` changes a mapping, `mappings list` shows them")
                .into()
        }
        // The streams were found before, so it is the function.
        _ => crate::cli::functions::explain(error, &args.function),
    }
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

    fn made(line: &str) -> Value {
        let words = "test --function f --stream s".split_whitespace();
        let line = Line::try_parse_from(words.chain(line.split_whitespace())).unwrap();
        let Args { to, on_failure, .. } = &line.args;
        let destinations = knobs::destinations(to.as_deref(), on_failure.as_deref());
        input(&line.args, "arn:s", destinations)
    }

    #[test]
    fn a_mapping_begins_where_it_was_told() {
        let base = json!({ "FunctionName": "f", "EventSourceArn": "arn:s" });
        let with = |more: Value| {
            let mut value = base.clone();
            for (name, one) in more.as_object().unwrap() {
                value[name] = one.clone();
            }
            value
        };
        assert_eq!(made(""), with(json!({ "StartingPosition": "TRIM_HORIZON" })));
        assert_eq!(made("--from latest"), with(json!({ "StartingPosition": "LATEST" })));
        assert_eq!(
            made(
                "--from 2018-01-31T01:49:59.5Z --disabled --to arn:t --on-failure arn:u --batch-size 7"
            ),
            with(json!({
                "StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": 1_517_363_399.5,
                "Enabled": false, "BatchSize": 7,
                "DestinationConfig": {
                    "OnSuccess": { "Destination": "arn:t" }, "OnFailure": { "Destination": "arn:u" },
                },
            }))
        );
    }
}
