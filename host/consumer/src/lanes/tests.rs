//! The lanes under any order of events, and what they do where a model would be too coarse.

mod cases;
mod dispatch;
mod parked;
mod poison;
mod steps;
mod windows;
mod world;

use std::sync::{Arc, OnceLock};

use domain::{Millis, StreamMode};
use stdx::{ManualClock, SeededEntropy};
use storage::{Memory, Term};
use streams::{NewStream, Settings, Stream, Streams, Surroundings};
use wire::token::Sealer;

/// A stream with one shard; batches name it.
fn stream() -> Arc<Stream> {
    static STREAM: OnceLock<Arc<Stream>> = OnceLock::new();
    Arc::clone(STREAM.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let around = Surroundings::new(
                Arc::new(Memory::new(Term(1))),
                Arc::new(ManualClock::at(Millis(0))),
                Arc::new(SeededEntropy::new(1)),
                Sealer::new(&[7; 32]),
            );
            let streams = Streams::open(around, Settings { limits: false });
            let streams = streams.await.unwrap();
            let (account, region) = ("123456789012".parse().unwrap(), "us-east-1".parse().unwrap());
            let name: domain::StreamName = "in".parse().unwrap();
            let new = NewStream {
                account,
                region,
                name: name.clone(),
                mode: StreamMode::Provisioned,
                shards: 1,
                record_kib_max: 1024,
                spread: streams::Spread::default(),
                warm_mib: None,
                tags: Vec::new(),
            };
            let region = new.region.clone();
            streams.create_stream(new).await.unwrap();
            streams.stream(account, &region, &name).unwrap()
        })
    }))
}
