//! What the demonstration needs on its server: two streams, a function, a mapping.

use anyhow::Context as _;
use serde_json::json;

use crate::client::{Client, Mapping};

/// The stream that the input goes into.
pub(super) const SOURCE: &str = "earthquakes";
/// The stream that the function's output goes into.
pub(super) const OUTPUT: &str = "significant";
pub(super) const SOURCE_SHARDS: u32 = 4;
pub(super) const OUTPUT_SHARDS: u32 = 2;
/// The function.
pub(super) const FUNCTION: &str = "quakes";
/// Batches of one shard at one time.
pub(super) const PARALLEL: u32 = 2;
/// Records in one batch at most.
pub(super) const BATCH_RECORDS: u32 = 100;

/// The function's code: a component that was built from the sources beside it.
pub(super) const COMPONENT: &[u8] = include_bytes!("../../../../../guests/rust-quakes/quakes.wasm");

/// Makes both streams.
pub(super) async fn streams(client: &Client) -> anyhow::Result<()> {
    for (stream, shards) in [(SOURCE, SOURCE_SHARDS), (OUTPUT, OUTPUT_SHARDS)] {
        let made = client.create_stream(stream, shards).await;
        made.with_context(|| format!("cannot create the stream {stream}"))?;
    }
    Ok(())
}

/// Uploads the function and waits until it can run.
pub(super) async fn function(client: &Client, min_magnitude: f64) -> anyhow::Result<()> {
    let input = json!({
        "FunctionName": FUNCTION,
        "Runtime": "provided.al2023",
        "Handler": "handle",
        "Role": "arn:aws:iam::000000000000:role/functions",
        "Code": { "ZipFile": base64_simd::STANDARD.encode_to_string(COMPONENT) },
        "Environment": { "Variables": { "MIN_MAGNITUDE": min_magnitude.to_string() } },
    });
    client.create_function(&input).await.context("cannot create the function")?;
    let function = client.settled_function(FUNCTION).await?;
    match function.failure() {
        Some(reason) => anyhow::bail!("the function cannot run: {reason}"),
        None => Ok(()),
    }
}

/// Maps the source through the function into the output, and waits until the mapping works.
pub(super) async fn mapping(client: &Client) -> anyhow::Result<Mapping> {
    let (source, output) = (client.stream(SOURCE).await?, client.stream(OUTPUT).await?);
    let input = json!({
        "FunctionName": FUNCTION,
        "EventSourceArn": source.stream_arn,
        "StartingPosition": "TRIM_HORIZON",
        "BatchSize": BATCH_RECORDS,
        "ParallelizationFactor": PARALLEL,
        "DestinationConfig": { "OnSuccess": { "Destination": output.stream_arn } },
    });
    let made = client.create_mapping(&input).await.context("cannot create the mapping")?;
    let mapping = client.settled_mapping(made).await?;
    anyhow::ensure!(mapping.state == "Enabled", "the mapping is {}", mapping.state);
    Ok(mapping)
}
