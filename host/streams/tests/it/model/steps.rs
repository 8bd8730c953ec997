//! What can happen to a stream.

use proptest::prelude::*;

/// One step. Indexes into what there is are taken modulo how much of it there is.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Puts one record.
    Put { key: String, data: Vec<u8> },
    /// Puts several, some with hash keys of their own.
    PutMany(Vec<(String, Option<u128>, Vec<u8>)>),
    /// Asks for an iterator.
    Iterator { shard: usize, from: From },
    /// Reads with one of the iterators given so far, and keeps the next.
    Get { iterator: usize, limit: usize },
    /// Lets time pass.
    Advance { ms: u64 },
    /// Ends the process and starts it again.
    Restart,
    /// Trims what has expired, and forgets shards of which nothing is left.
    Sweep,
    /// Splits one of the open shards somewhere inside.
    Split { shard: usize, at: u128 },
    /// Merges one of the open shards with the next one.
    Merge { shard: usize },
    /// Asks for another number of shards.
    Resize { target: u32 },
    /// Lists the shards.
    List,
    /// Asks for another retention.
    Retain { hours: u32, longer: bool },
    /// Adds tags.
    Tag(Vec<(String, String)>),
    /// Takes tags off.
    Untag(Vec<String>),
    /// Looks at a page of tags.
    Tags { after: String, limit: usize },
}

/// Where an iterator starts.
#[derive(Clone, Debug)]
pub(super) enum From {
    TrimHorizon,
    Latest,
    At(usize),
    After(usize),
    /// So long ago.
    Ago(u64),
}

pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 1..60)
}

fn step() -> impl Strategy<Value = Step> {
    let key = || "[a-h]";
    let data = || prop::collection::vec(any::<u8>(), 0..4);
    let entry = (key(), prop::option::of(any::<u128>()), data());
    let hours = prop_oneof![1 => 20..30u32, 3 => 24..60u32, 1 => Just(8760u32), 1 => Just(8761u32)];
    // Few enough that some are there already, enough that there can be too many.
    let tag = || "[a-i][0-9]";
    let ms = prop_oneof![0..2000u64, 200_000..400_000u64, 3_000_000..40_000_000u64];
    prop_oneof![
        4 => (key(), data()).prop_map(|(key, data)| Step::Put { key, data }),
        4 => prop::collection::vec(entry, 1..8).prop_map(Step::PutMany),
        4 => (any::<usize>(), from()).prop_map(|(shard, from)| Step::Iterator { shard, from }),
        6 => (any::<usize>(), 1..6usize)
            .prop_map(|(iterator, limit)| Step::Get { iterator, limit }),
        3 => ms.prop_map(|ms| Step::Advance { ms }),
        1 => Just(Step::Restart),
        2 => Just(Step::Sweep),
        2 => (any::<usize>(), any::<u128>()).prop_map(|(shard, at)| Step::Split { shard, at }),
        1 => any::<usize>().prop_map(|shard| Step::Merge { shard }),
        1 => (1..7u32).prop_map(|target| Step::Resize { target }),
        2 => Just(Step::List),
        2 => (hours, any::<bool>()).prop_map(|(hours, longer)| Step::Retain { hours, longer }),
        1 => prop::collection::vec((tag(), "[a-z]{0,2}"), 1..30).prop_map(Step::Tag),
        1 => prop::collection::vec(tag(), 1..10).prop_map(Step::Untag),
        1 => (tag(), 1..30usize).prop_map(|(after, limit)| Step::Tags { after, limit }),
    ]
}

fn from() -> impl Strategy<Value = From> {
    prop_oneof![
        Just(From::TrimHorizon),
        Just(From::Latest),
        any::<usize>().prop_map(From::At),
        any::<usize>().prop_map(From::After),
        (0..100_000_000u64).prop_map(From::Ago),
    ]
}
