//! What both measurements need on their server: streams, a function that copies, a mapping.

use anyhow::Context as _;
use serde_json::json;

use crate::client::Client;

/// The stream that the function reads.
pub(super) const SOURCE: &str = "in";
/// The stream that its output goes into; it has as many shards.
pub(super) const OUTPUT: &str = "out";
const FUNCTION: &str = "copy";

/// Emits every record again as it came; the server makes a component of it.
pub(in super::super) const IDENTITY: &[u8] =
    include_bytes!("../../../../../../guests/programs/identity.wat");

/// Takes records and does nothing.
pub(in super::super) const DRAIN: &[u8] =
    include_bytes!("../../../../../../guests/programs/drain.wat");

/// How the function is mapped.
pub(super) struct Mapped {
    pub(super) shards: u32,
    /// Batches of one shard at one time.
    pub(super) parallel: u32,
    /// Records in one batch at most.
    pub(super) batch_records: u32,
}

/// Makes both streams and the function, maps it between them, and waits until the mapping works.
pub(super) async fn prepare(client: &Client, mapped: &Mapped) -> anyhow::Result<()> {
    for stream in [SOURCE, OUTPUT] {
        let made = client.create_stream(stream, mapped.shards).await;
        made.with_context(|| format!("cannot create the stream {stream}"))?;
    }
    upload(client, FUNCTION, IDENTITY).await?;
    let (source, output) = (client.stream(SOURCE).await?, client.stream(OUTPUT).await?);
    let input = json!({
        "FunctionName": FUNCTION,
        "EventSourceArn": source.stream_arn,
        "StartingPosition": "TRIM_HORIZON",
        "BatchSize": mapped.batch_records,
        "ParallelizationFactor": mapped.parallel,
        "DestinationConfig": { "OnSuccess": { "Destination": output.stream_arn } },
    });
    let made = client.create_mapping(&input).await.context("cannot create the mapping")?;
    let mapping = client.settled_mapping(made).await?;
    anyhow::ensure!(mapping.state == "Enabled", "the mapping is {}", mapping.state);
    Ok(())
}

/// Makes a function of a module in text form, and waits until it can run.
pub(in super::super) async fn upload(
    client: &Client,
    name: &str,
    module: &[u8],
) -> anyhow::Result<()> {
    let input = json!({
        "FunctionName": name,
        "Runtime": "provided.al2023",
        "Handler": "handle",
        "Role": "arn:aws:iam::000000000000:role/functions",
        "Timeout": 60,
        "Code": { "ZipFile": base64_simd::STANDARD.encode_to_string(module) },
    });
    client.create_function(&input).await.context("cannot create the function")?;
    let function = client.settled_function(name).await?;
    match function.failure() {
        Some(reason) => anyhow::bail!("the function cannot run: {reason}"),
        None => Ok(()),
    }
}
