//! A function that does what its records tell it: for tests of the SDK, the packer and the host together.
//! `fixture/input.ndjson` has all the words.

use std::time::Duration;

use shardmill_guest::{Batch, Failure, Record, Reply, config, log, transform};

transform!(handle);

fn handle(batch: Batch) -> Result<Reply, Failure> {
    let mut reply = Reply::new();
    let about = about(&batch);
    for record in batch {
        let (word, rest) = split(record.text()?);
        let (word, rest) = (word.to_owned(), rest.to_owned());
        match &*word {
            "batch" => _ = reply.emit(&record, &*about),
            "record" => _ = reply.emit(&record, about_record(&record)),
            "variables" => _ = reply.emit(&record, format!("{:?}", config::all())),
            "log" => log(&rest),
            "forward" => _ = reply.forward(record),
            "fail" => reply.fail(&record, rest),
            "drop" => reply.drop_with(&record, rest),
            "retry" => reply.retry_after(&record, milliseconds(&rest)?),
            "refuse" => return Err(Failure::new(rest)),
            "again" => return Err(Failure::retry_after(milliseconds(&rest)?)),
            "panic" => panic!("{rest}"),
            "done" => {}
            _ => emit(&record, &word, &rest, &mut reply)?,
        }
    }
    Ok(reply)
}

/// `key K DATA`, `to STREAM DATA`, `hash NUMBER DATA`, `emit DATA`.
fn emit(record: &Record, word: &str, rest: &str, reply: &mut Reply) -> Result<(), Failure> {
    let (first, data) = split(rest);
    match word {
        "emit" => _ = reply.emit(record, rest),
        "key" => _ = reply.emit(record, data).key(first),
        "to" => _ = reply.emit(record, data).to(first),
        "hash" => _ = reply.emit(record, data).hash_key(first.parse()?),
        _ => return Err(Failure::new(format_args!("the word `{word}` means nothing"))),
    }
    Ok(())
}

fn split(text: &str) -> (&str, &str) {
    text.split_once(' ').unwrap_or((text, ""))
}

fn milliseconds(text: &str) -> Result<Duration, Failure> {
    Ok(Duration::from_millis(text.parse()?))
}

fn log(text: &str) {
    log::trace!("{text} in detail");
    log::debug!("{text} for developers");
    log::info!("{text}");
    log::warn!("{text} again");
    log::error!("{text} and again");
}

fn about(batch: &Batch) -> String {
    let Batch { stream, shard, first_sequence, last_sequence, .. } = batch;
    let Batch { attempt, is_replay, behind_ms, records, extra, .. } = batch;
    let count = records.len();
    format!(
        "{stream} {shard} {first_sequence}..{last_sequence} {attempt} {is_replay} {behind_ms} {count} {extra:?}"
    )
}

fn about_record(record: &Record) -> String {
    let Record { index, sequence, sub_sequence, partition_key, arrival_ms, .. } = record;
    format!("{index} {sequence} {sub_sequence} {partition_key} {arrival_ms}")
}

#[cfg(test)]
mod tests {
    use shardmill_guest::testing;

    use super::*;

    #[test]
    fn an_unknown_word_fails_the_batch() {
        let reply = handle(testing::batch([("k", "emit a b"), ("k", "sing")]));
        assert_eq!(reply, Err(Failure::new("the word `sing` means nothing")));
        let reply = handle(testing::batch([("k", "emit a b")])).expect("it is well formed");
        assert_eq!(reply.emits[0].data, b"a b");
    }
}
