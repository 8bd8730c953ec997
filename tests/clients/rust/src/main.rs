//! The main path of streams through the AWS SDK for Rust.
//!
//! Ends with 0 if everything was as it should be, and says what was not otherwise. `CA` names the certificate to
//! trust where `ENDPOINT` is https.

use std::collections::HashMap;
use std::env;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, bail, ensure};
use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::client::Waiters;
use aws_sdk_kinesis::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_kinesis::primitives::{Blob, DateTime};
use aws_sdk_kinesis::types::{PutRecordsRequestEntry, ShardIteratorType};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};

const STREAM: &str = "from-rust";
const WAIT: Duration = Duration::from_secs(60);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    tokio::time::timeout(2 * WAIT, scenario(&client()?)).await.context("in time")??;
    println!("all was as it should be");
    Ok(())
}

fn client() -> Result<Client> {
    let mut tls = TlsContext::builder();
    if let Ok(path) = env::var("CA") {
        let pem = std::fs::read(path)?;
        tls = tls.with_trust_store(TrustStore::empty().with_pem_certificate(pem));
    }
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(tls.build()?)
        .build_https();
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(env::var("ENDPOINT")?)
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .http_client(http)
        .build();
    Ok(Client::from_conf(config))
}

async fn scenario(kinesis: &Client) -> Result<()> {
    let start = SystemTime::now();
    kinesis.create_stream().stream_name(STREAM).shard_count(2).send().await?;
    kinesis.wait_until_stream_exists().stream_name(STREAM).wait(WAIT).await?;
    let sent = put(kinesis).await?;
    let found = read(kinesis, start).await?;
    ensure!(found == sent, "the {} records are not the {} that were put", found.len(), sent.len());
    refusals(kinesis).await?;
    kinesis.delete_stream().stream_name(STREAM).send().await?;
    kinesis.wait_until_stream_not_exists().stream_name(STREAM).wait(WAIT).await?;
    Ok(())
}

/// Puts records of many sizes and gives them by their keys.
async fn put(kinesis: &Client) -> Result<HashMap<String, Vec<u8>>> {
    let mut sent = HashMap::new();
    for call in 0..4_u8 {
        let mut entries = Vec::new();
        for n in 0..100_u8 {
            let key = format!("ключ {call}/{n}");
            let data = [call, n, 255].repeat(usize::from(n) * 5);
            let entry = PutRecordsRequestEntry::builder();
            let entry = entry.partition_key(&key).data(Blob::new(data.clone()));
            entries.push(entry.build()?);
            sent.insert(key, data);
        }
        let reply = kinesis.put_records().stream_name(STREAM).set_records(Some(entries));
        let reply = reply.send().await?;
        ensure!(reply.failed_record_count() == Some(0), "PutRecords: {reply:?}");
    }
    let large = vec![7; 1024 * 1024 - "large".len()];
    let reply = kinesis.put_record().stream_name(STREAM).partition_key("large");
    let reply = reply.data(Blob::new(large.clone())).send().await?;
    ensure!(reply.sequence_number().starts_with("49"), "PutRecord: {reply:?}");
    sent.insert("large".to_owned(), large);
    Ok(sent)
}

/// All records by their keys.
async fn read(kinesis: &Client, start: SystemTime) -> Result<HashMap<String, Vec<u8>>> {
    let mut found: HashMap<String, Vec<u8>> = HashMap::new();
    let shards = kinesis.list_shards().stream_name(STREAM).send().await?;
    for shard in shards.shards() {
        let from = kinesis.get_shard_iterator().stream_name(STREAM).shard_id(shard.shard_id());
        let minute_before = DateTime::from(start - Duration::from_secs(60));
        let from =
            from.shard_iterator_type(ShardIteratorType::AtTimestamp).timestamp(minute_before);
        let mut iterator = from.send().await?.shard_iterator;
        let mut last = String::new();
        while let Some(at) = iterator {
            let page = kinesis.get_records().shard_iterator(at).send().await?;
            for record in page.records() {
                let number = record.sequence_number();
                ensure!(*number > *last, "{number} follows {last}");
                number.clone_into(&mut last);
                let data = record.data().as_ref().to_owned();
                let key = record.partition_key().context("a record has a key")?;
                ensure!(found.insert(key.to_owned(), data).is_none(), "{key} came twice");
            }
            if page.records().is_empty() && page.millis_behind_latest() == Some(0) {
                break;
            }
            iterator = page.next_shard_iterator;
        }
    }
    Ok(found)
}

async fn refusals(kinesis: &Client) -> Result<()> {
    let Err(error) = kinesis.describe_stream_summary().stream_name("absent").send().await else {
        bail!("an absent stream is described");
    };
    let error = error.into_service_error();
    ensure!(error.is_resource_not_found_exception(), "an absent stream: {error:?}");
    let Err(error) = kinesis.create_stream().stream_name(STREAM).shard_count(1).send().await else {
        bail!("a name is given twice");
    };
    let error = error.into_service_error();
    ensure!(error.is_resource_in_use_exception(), "a name that is taken: {error:?}");
    Ok(())
}
