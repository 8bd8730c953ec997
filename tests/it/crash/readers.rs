//! Readers beside the load, of old records and of the newest ones. What one of them is given stays where it is, whether
//! its put was answered before the kill or not: nobody is shown what is not durable.

use anyhow::{Result, ensure};
use e2e::Random;
use e2e::client::{CallError, Client};

use super::STREAMS;
use super::audit::{Page, get_records, iterator, read};
use super::ledger::Ledger;
use super::reshard::{self, Shard};

/// Where readers begin: one each.
pub(super) const READERS: [Start; 2] = [Start::Oldest, Start::Newest];

/// Where a reader begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// At the oldest record of any shard.
    Oldest,
    /// Behind the newest record of all open shards of a stream, so that it meets what comes.
    Newest,
}

/// Pages that are read of each shard before a reader turns to another stream: few enough that it meets several in the
/// life of one process.
const PAGES: usize = 20;
/// Records of a page: most of the processor is for the server.
const PAGE_RECORDS: u32 = 200;

/// Where a reader stands in a shard.
struct Reader {
    shard: String,
    iterator: String,
    /// The last number that it was given.
    last: String,
}

/// Reads until the server is gone.
///
/// # Errors
/// If what is read cannot be: the ledger says why.
pub(super) fn read_until_lost(
    start: Start,
    ledger: &Ledger,
    mut client: Client,
    mut random: Random,
) -> Result<()> {
    loop {
        match visit(start, ledger, &mut client, &mut random) {
            Ok(()) => {}
            Err(error) if is_lost(&error) => return Ok(()),
            Err(error) => return Err(error.context(format!("reading from {start:?}"))),
        }
    }
}

/// Whether the server did not answer, or is about to be gone.
fn is_lost(error: &anyhow::Error) -> bool {
    error.downcast_ref().is_some_and(|error| match error {
        CallError::NotSent(_) | CallError::Lost(_) => true,
        CallError::Refused(refused) => refused.status >= 500,
    })
}

/// Reads some pages of one stream.
fn visit(start: Start, ledger: &Ledger, client: &mut Client, random: &mut Random) -> Result<()> {
    let stream = random.index(STREAMS.len());
    let (name, ..) = STREAMS[stream];
    let mut shards = reshard::list(client, name)?;
    let kind = match start {
        Start::Oldest => {
            shards = vec![shards.swap_remove(random.index(shards.len()))];
            "TRIM_HORIZON"
        }
        Start::Newest => {
            shards.retain(|shard| shard.is_open);
            "LATEST"
        }
    };
    let mut readers = Vec::new();
    for Shard { id: shard, .. } in shards {
        let iterator = iterator(client, stream, &shard, kind, None)?;
        readers.push(Reader { shard, iterator, last: String::new() });
    }
    for _ in 0..PAGES {
        let mut open = Vec::new();
        for reader in readers {
            open.extend(reader.page(stream, ledger, client)?);
        }
        readers = open;
    }
    Ok(())
}

impl Reader {
    /// Reads a page and tells the ledger; nobody, if the shard ends with it.
    fn page(mut self, stream: usize, ledger: &Ledger, client: &mut Client) -> Result<Option<Self>> {
        let reply = get_records(client, &self.iterator, PAGE_RECORDS)?;
        let page: Page<'_> = serde_json::from_slice(&reply.body)?;
        for row in page.records {
            let (token, place, hash) = read(stream, &self.shard, row)?;
            ensure!(place.number > self.last, "{place:?} comes after {}", self.last);
            self.last.clone_from(&place.number);
            ledger.see(token, place, hash)?;
        }
        Ok(page.next_shard_iterator.map(|iterator| Self { iterator, ..self }))
    }
}
