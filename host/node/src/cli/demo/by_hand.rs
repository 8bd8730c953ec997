//! How to do by hand what the demonstration did.

use crate::cli::style::Style;

/// Commands for a shell with our own program, with the AWS CLI, and a script for boto3.
pub(super) fn by_hand(style: Style) -> String {
    format!(
        r#"
{}
  shardmill serve --dev &
  export AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_DEFAULT_REGION=us-east-1
  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
  shardmill streams create earthquakes --shards 4
  shardmill streams create significant --shards 2
  shardmill functions deploy quakes guests/rust-quakes/quakes.wasm --env MIN_MAGNITUDE=2.5
  shardmill mappings create --function quakes --stream earthquakes --to significant --parallel 2
  shardmill put --stream earthquakes --partition-key-field net examples/earthquakes/earthquakes.ndjson
  shardmill tail --stream significant

{}
  python3 -m zipfile -c quakes.zip guests/rust-quakes/quakes.wasm
  aws lambda create-function --function-name quakes --zip-file fileb://quakes.zip \
    --runtime provided.al2023 --handler handle --role arn:aws:iam::000000000000:role/functions \
    --environment 'Variables={{MIN_MAGNITUDE=2.5}}'
  aws lambda create-event-source-mapping --function-name quakes --starting-position TRIM_HORIZON \
    --event-source-arn arn:aws:kinesis:us-east-1:000000000000:stream/earthquakes \
    --destination-config OnSuccess={{Destination=arn:aws:kinesis:us-east-1:000000000000:stream/significant}}

{}
  import boto3
  kinesis, functions = boto3.client("kinesis"), boto3.client("lambda")
  arn = lambda name: kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"]
  functions.create_function(
      FunctionName="quakes", Runtime="provided.al2023", Handler="handle",
      Role="arn:aws:iam::000000000000:role/functions", Environment={{"Variables": {{"MIN_MAGNITUDE": "2.5"}}}},
      Code={{"ZipFile": open("guests/rust-quakes/quakes.wasm", "rb").read()}})
  functions.create_event_source_mapping(
      FunctionName="quakes", EventSourceArn=arn("earthquakes"), StartingPosition="TRIM_HORIZON",
      DestinationConfig={{"OnSuccess": {{"Destination": arn("significant")}}}})
  for line in open("examples/earthquakes/earthquakes.ndjson", "rb").readlines()[:100]:
      kinesis.put_record(StreamName="earthquakes", PartitionKey="us", Data=line)
  for shard in kinesis.list_shards(StreamName="significant")["Shards"]:
      at = kinesis.get_shard_iterator(
          StreamName="significant", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")
      for record in kinesis.get_records(ShardIterator=at["ShardIterator"])["Records"]:
          print(record["PartitionKey"], record["Data"])
"#,
        style.heading("the same by hand:"),
        style.heading("function and mapping with the AWS CLI:"),
        style.heading("or all but the streams from Python, with the same environment:"),
    )
}
