//! What a consumer does whose code is `(consumer word argument)`.

use std::collections::BTreeMap;

use bytes::Bytes;
use wasm::message::{
    Batch, Disposition, DueBatch, Emit, Fault, Fetch, HeaderText, Keyed, KeyedWork, Outcome,
    Outside, Put, Refused, Reply, RowName, Scan, SetTimer,
};

/// Does it.
pub(super) async fn reply(said: &str, input: &Keyed) -> Result<Reply, Fault> {
    let (word, argument) = said.split_once(' ').unwrap_or((said, ""));
    let outside = &*input.outside;
    let done = match &input.work {
        KeyedWork::Timers(due) => return Ok(timers(word, outside, due).await),
        KeyedWork::Records(batch) => match word {
            "count" | "gated-count" => count(outside, batch).await,
            // What it is refused is why it fails.
            "strict-count" => {
                return count(outside, batch).await.map_err(|no| Fault::Failed(no.to_string()));
            }
            "count-and-report" => count(outside, batch).await.map(|reply| report(reply, batch)),
            "count-and-fail" => {
                count(outside, batch).await.unwrap();
                return Err(Fault::Failed(argument.to_owned()));
            }
            "to" => Ok(emits(batch, Some(argument), |data| data.to_vec())),
            "touch" => touch(outside, batch, argument).await,
            "timer" => set(outside, batch, argument),
            "secret" => secret(outside, batch, argument),
            "names" => names(outside, batch).await,
            "large" => large(outside, batch).await,
            "fetch" => return Ok(fetch(outside, batch, argument).await),
            other => panic!("no consumer does {other}"),
        },
    };
    // What is refused is what comes out.
    match (done, &input.work) {
        (Ok(reply), _) => Ok(reply),
        (Err(Refused::NotNow(why)), _) => Err(Fault::NotRun(why)),
        (Err(refused), KeyedWork::Records(batch)) => {
            Ok(emits(batch, None, |_| format!("{refused:?}").into_bytes()))
        }
        (Err(refused), KeyedWork::Timers(_)) => panic!("{refused}"),
    }
}

fn row(key: &str, name: &str) -> RowName {
    RowName { key: key.to_owned(), name: name.to_owned() }
}

fn emits(batch: &Batch, target: Option<&str>, data: impl Fn(&[u8]) -> Vec<u8>) -> Reply {
    let emit = |(index, record): (u32, &wasm::message::Record)| Emit {
        index,
        target: target.map(str::to_owned),
        partition_key: record.partition_key.clone(),
        explicit_hash_key: None,
        data: data(&record.data).into(),
        attributes: Vec::new(),
    };
    Reply { emits: (0..).zip(&batch.records).map(emit).collect(), outcomes: Vec::new() }
}

/// Counts the records of each key, and emits each with its number.
async fn count(outside: &dyn Outside, batch: &Batch) -> Result<Reply, Refused> {
    let keys: BTreeMap<&str, ()> =
        batch.records.iter().map(|record| (record.partition_key.as_str(), ())).collect();
    let rows: Vec<RowName> = keys.keys().map(|key| row(key, "count")).collect();
    let values = outside.get_many(rows.clone()).await?;
    let number = |value: Option<Bytes>| {
        value.map_or(0u64, |value| std::str::from_utf8(&value).unwrap().parse().unwrap())
    };
    let mut counts: BTreeMap<&str, u64> =
        keys.keys().copied().zip(values.into_iter().map(number)).collect();
    let mut reply = emits(batch, None, |_| Vec::new());
    for (emit, record) in reply.emits.iter_mut().zip(&batch.records) {
        let count = counts.get_mut(record.partition_key.as_str()).unwrap();
        *count += 1;
        let data = String::from_utf8_lossy(&record.data);
        emit.data = format!("{}:{data}:{count}", record.partition_key).into();
    }
    let put = |(row, count): (RowName, &u64)| Put { row, value: Some(count.to_string().into()) };
    outside.put_many(rows.into_iter().zip(counts.values()).map(put).collect())?;
    Ok(reply)
}

/// Says of each record `bad` that it failed.
fn report(mut reply: Reply, batch: &Batch) -> Reply {
    let bad = (0..).zip(&batch.records).filter(|(_, record)| &record.data[..] == b"bad");
    let outcome =
        |(index, _)| Outcome { index, disposition: Disposition::Failed("bad".to_owned()) };
    reply.outcomes = bad.map(outcome).collect();
    reply
}

/// Writes to any key, then tells what of it can be read.
async fn touch(outside: &dyn Outside, batch: &Batch, key: &str) -> Result<Reply, Refused> {
    let value = Some(Bytes::from_static(b"x"));
    let own = &batch.records[0].partition_key;
    let puts = [own.as_str(), key].map(|key| Put { row: row(key, "n"), value: value.clone() });
    let refused = outside.put_many(puts.to_vec()).unwrap_err();
    // All or none.
    assert_eq!(outside.get_many(vec![row(own, "n")]).await?, [None]);
    Err(refused)
}

/// Sets a timer for each key, so many milliseconds behind the record's arrival.
fn set(outside: &dyn Outside, batch: &Batch, ms: &str) -> Result<Reply, Refused> {
    let timers = batch.records.iter().map(|record| SetTimer {
        row: row(&record.partition_key, &String::from_utf8_lossy(&record.data)),
        due_ms: Some(record.arrival_ms + ms.parse::<u64>().unwrap()),
    });
    outside.set_timers(timers.collect())?;
    Ok(Reply::default())
}

/// Counts for each timer, and emits it.
async fn timers(word: &str, outside: &dyn Outside, due: &DueBatch) -> Reply {
    assert_eq!(word, "timer");
    let mut emits = Vec::new();
    for (index, timer) in (0..).zip(&due.timers) {
        let rows = vec![row(&timer.key, "fired")];
        let before = outside.get_many(rows).await.unwrap().remove(0);
        let fired = before.map_or(1, |before| before[0] + 1);
        let put = Put { row: row(&timer.key, "fired"), value: Some(vec![fired].into()) };
        outside.put_many(vec![put]).unwrap();
        emits.push(Emit {
            index,
            target: None,
            partition_key: timer.key.clone(),
            explicit_hash_key: None,
            data: format!("{}:{}:{fired}:{}", timer.key, timer.name, due.attempt).into(),
            attributes: Vec::new(),
        });
    }
    Reply { emits, outcomes: Vec::new() }
}

/// Opens a secret, and emits what it says.
fn secret(outside: &dyn Outside, batch: &Batch, name: &str) -> Result<Reply, Refused> {
    let secret = outside.open_secret(name.to_owned())?;
    let told = match outside.reveal_secret(secret) {
        Ok(value) => value.expose().clone(),
        Err(refused) => format!("opened, {refused:?}"),
    };
    Ok(emits(batch, None, |_| told.clone().into_bytes()))
}

/// Does what the records say (`+name`, `-name`), then emits all names of the key, in pages.
async fn names(outside: &dyn Outside, batch: &Batch) -> Result<Reply, Refused> {
    for record in &batch.records {
        let text = std::str::from_utf8(&record.data).unwrap();
        let value = text.starts_with('+').then(|| Bytes::from_static(b"v"));
        outside.put_many(vec![Put { row: row(&record.partition_key, &text[1..]), value }])?;
    }
    let key = batch.records[0].partition_key.clone();
    let (mut names, mut after) = (Vec::new(), None);
    loop {
        let scan = Scan { key: key.clone(), prefix: "a".to_owned(), after, limit: 3 };
        let page = outside.scan(scan).await?;
        names.extend(page.entries.into_iter().map(|(name, _)| name));
        if !page.has_more {
            let told = names.join(" ").into_bytes();
            let mut reply = emits(batch, None, |_| told.clone());
            reply.emits.truncate(1);
            return Ok(reply);
        }
        after = names.last().cloned();
    }
}

/// Of a large value, of which `put` puts many.
pub(crate) const LARGE_BYTES: usize = 70_000;
/// How many.
pub(crate) const LARGE_COUNT: usize = 58;

/// Does what each record says: `put 1` puts large values whose names begin with `1`, `drop 1` takes them away, `scan 3`
/// reads a page of three. Emits how many values were found, whether there are more, and what was read for them.
async fn large(outside: &dyn Outside, batch: &Batch) -> Result<Reply, Refused> {
    let mut told = Vec::new();
    for record in &batch.records {
        let (key, text) = (&record.partition_key, std::str::from_utf8(&record.data).unwrap());
        let (word, argument) = text.split_once(' ').unwrap();
        if word == "scan" {
            let (key, prefix, after) = (key.clone(), String::new(), None);
            let limit = argument.parse().unwrap();
            let page = outside.scan(Scan { key, prefix, after, limit }).await?;
            told.push(format!("{} {} {}", page.entries.len(), page.has_more, page.read_bytes));
            continue;
        }
        let value = (word == "put").then(|| Bytes::from(vec![0; LARGE_BYTES]));
        let puts = (0..LARGE_COUNT).map(|it| {
            let row = row(key, &format!("{argument}-{it:02}"));
            Put { row, value: value.clone() }
        });
        outside.put_many(puts.collect())?;
        told.push(text.to_owned());
    }
    let mut reply = emits(batch, None, |_| Vec::new());
    for (emit, told) in reply.emits.iter_mut().zip(told) {
        emit.data = told.into();
    }
    Ok(reply)
}

/// Sends a request for each record, whose data is the URL, with the secret that is named, if one is, in a header. Emits what
/// came of it.
async fn fetch(outside: &dyn Outside, batch: &Batch, secret: &str) -> Reply {
    let mut reply = emits(batch, None, |_| Vec::new());
    for (emit, record) in reply.emits.iter_mut().zip(&batch.records) {
        let mut headers = Vec::new();
        if !secret.is_empty() {
            let secret = outside.open_secret(secret.to_owned()).unwrap();
            let (prefix, suffix) = ("Bearer ".to_owned(), String::new());
            headers
                .push(("authorization".to_owned(), HeaderText::Secret { secret, prefix, suffix }));
        }
        let request = Fetch {
            method: "GET".to_owned(),
            url: String::from_utf8_lossy(&record.data).into_owned(),
            headers,
            body: Bytes::new(),
            time: Some(std::time::Duration::from_millis(500)),
            answer_bytes: 1000,
        };
        emit.data = match outside.fetch(request).await {
            Ok(got) => format!("{} {}", got.status, String::from_utf8_lossy(&got.body)).into(),
            Err(why) => format!("{why:?}").into(),
        };
    }
    reply
}
