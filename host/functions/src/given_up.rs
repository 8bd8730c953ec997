//! What is told of records that a mapping gives up (pure).
//!
//! It is AWS's document for destinations on failure (Lambda developer guide, "Retain discarded batch records for a
//! Kinesis Data Streams event source"), in the form that S3 gets: with the whole event as text in `payload`. As it
//! goes into a stream, whose records have a bound, it may come in several documents, each about some of the records.
//! A record whose event does not fit into one is told of without its payload, as SQS and SNS get it.

use bytes::Bytes;
use consumer::{BatchRecord, GivenUp, Reason};
use domain::Millis;
use serde::Serialize;
use wasm::message::Batch;
use wire::shape::Moment;

use crate::aggregated;
use crate::kinesis_event::{self, Origin};

/// The call after which records were given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LastCall {
    pub(crate) request_id: String,
    /// Whether it gave an answer, which told of records that failed.
    pub(crate) has_answered: bool,
}

/// What is known of records that are given up, apart from themselves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About<'a> {
    pub(crate) function_arn: &'a str,
    /// The version of the function that ran.
    pub(crate) version: &'a str,
    /// The stream's ARN, also where it is read as a consumer: that is where the records are.
    pub(crate) stream: &'a str,
    pub(crate) origin: Origin<'a>,
    pub(crate) last: &'a LastCall,
    pub(crate) now: Millis,
    /// Bytes of a document.
    pub(crate) bytes_max: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    request_context: RequestContext<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_context: Option<ResponseContext<'a>>,
    version: &'a str,
    timestamp: String,
    #[serde(rename = "KinesisBatchInfo")]
    info: KinesisBatchInfo<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    request_id: &'a str,
    function_arn: &'a str,
    condition: &'a str,
    approximate_invoke_count: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResponseContext<'a> {
    status_code: u16,
    executed_version: &'a str,
    function_error: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KinesisBatchInfo<'a> {
    shard_id: &'a str,
    start_sequence_number: String,
    end_sequence_number: String,
    approximate_arrival_of_first_record: String,
    approximate_arrival_of_last_record: String,
    batch_size: usize,
    stream_arn: &'a str,
}

/// The documents about records that are given up, in their order.
pub(crate) fn documents(given_up: &GivenUp, about: &About<'_>) -> Vec<Bytes> {
    let mut documents = Vec::new();
    // What is to be told, the next of it last.
    let mut left = vec![&given_up.batch.records[..]];
    while let Some(records) = left.pop() {
        let whole = document(given_up, records, about, true);
        if whole.len() <= about.bytes_max {
            documents.push(whole);
        } else if records.len() > 1 {
            let (front, back) = records.split_at(records.len() / 2);
            left.extend([back, front]);
        } else {
            documents.push(document(given_up, records, about, false));
        }
    }
    documents
}

fn document(
    given_up: &GivenUp,
    records: &[BatchRecord],
    about: &About<'_>,
    has_payload: bool,
) -> Bytes {
    let GivenUp { batch, reason, .. } = given_up;
    let (condition, count) = match reason {
        Reason::Attempts(count) => ("RetryAttemptsExhausted", *count),
        // The attempt is the one that is not made any more.
        Reason::Age => ("RecordAgeExceeded", batch.attempt.saturating_sub(1)),
    };
    // AWS says nothing of a response where it is the age that ended the attempts.
    let response_context = (*reason != Reason::Age).then(|| ResponseContext {
        status_code: 200,
        executed_version: about.version,
        function_error: (!about.last.has_answered).then_some("Unhandled"),
    });
    let (first, last) = (records.first(), records.last());
    let number = |record: Option<&BatchRecord>| {
        record.map(|record| record.number.to_string()).unwrap_or_default()
    };
    let arrival = |record: Option<&BatchRecord>| {
        record.map(|record| timestamp(record.arrival)).unwrap_or_default()
    };
    let document = Document {
        request_context: RequestContext {
            request_id: &about.last.request_id,
            function_arn: about.function_arn,
            condition,
            approximate_invoke_count: count,
        },
        response_context,
        version: "1.0",
        timestamp: timestamp(about.now),
        info: KinesisBatchInfo {
            shard_id: about.origin.shard,
            start_sequence_number: number(first),
            end_sequence_number: number(last),
            approximate_arrival_of_first_record: arrival(first),
            approximate_arrival_of_last_record: arrival(last),
            batch_size: records.len(),
            stream_arn: about.stream,
        },
        payload: has_payload.then(|| event(batch, records, about)),
    };
    serde_json::to_vec(&document).unwrap_or_default().into()
}

/// Lambda's event of the records, as they are stored.
fn event(batch: &consumer::Batch, records: &[BatchRecord], about: &About<'_>) -> String {
    let origin = &about.origin;
    let event = Batch {
        stream: about.stream.to_owned(),
        shard: origin.shard.to_owned(),
        attempt: batch.attempt,
        is_replay: batch.is_replay,
        behind_ms: batch.behind_ms,
        records: records.iter().map(aggregated::whole).collect(),
    };
    String::from_utf8_lossy(&kinesis_event::write(&event, origin, batch.window.as_ref()))
        .into_owned()
}

/// As AWS writes moments here: `2019-11-14T00:38:06.021Z`.
fn timestamp(at: Millis) -> String {
    Moment::from(at).timestamp().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
