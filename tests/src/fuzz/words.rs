//! Names, numbers and ARNs: what is read is printed as it was, or in a form that reads as the same.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use domain::{
    AccountId, FunctionName, FunctionRef, HashKey, MappingId, Region, RoleArn, SequenceNumber,
    ShardId, StreamArn, StreamName,
};

pub(super) fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    same::<AccountId>(text);
    same::<FunctionName>(text);
    same::<HashKey>(text);
    same::<MappingId>(text);
    same::<Region>(text);
    same::<RoleArn>(text);
    same::<SequenceNumber>(text);
    same::<ShardId>(text);
    same::<StreamArn>(text);
    same::<StreamName>(text);
    let _ = text.parse::<FunctionRef>();
    let _ = HashKey::of(text);
    if let Ok(number) = text.parse::<SequenceNumber>() {
        assert_eq!(number.to_string().as_bytes(), number.digits());
        let _ = (number.shard(), number.creation(), number.term());
    }
}

fn same<T: FromStr + Display + PartialEq + Debug>(text: &str) {
    let Ok(read) = text.parse::<T>() else {
        return;
    };
    let printed = read.to_string();
    let again = printed.parse::<T>().ok();
    assert_eq!(again.as_ref(), Some(&read), "{text:?} is printed as {printed:?}");
}

pub(super) fn seeds() -> Vec<(String, Vec<u8>)> {
    let number = SequenceNumber::new(domain::Seconds(1_790_068_000), ShardId(5), 1, 77);
    let words = [
        ("account", "123456789012".to_owned()),
        ("function", "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST".to_owned()),
        ("hash-key", u128::MAX.to_string()),
        ("mapping", "14e0db71-5d35-4eb5-b481-8945cf9d10c2".to_owned()),
        ("region", "ap-southeast-2".to_owned()),
        ("role", "arn:aws:iam::123456789012:role/path/name".to_owned()),
        ("sequence-number", number.to_string()),
        ("shard", ShardId(5).to_string()),
        ("stream", "arn:aws:kinesis:us-east-1:123456789012:stream/quakes_1.a-b".to_owned()),
    ];
    words.map(|(name, word)| (name.to_owned(), word.into_bytes())).into()
}
