//! Reading shards side by side, round by round.

use std::io::{self, IsTerminal as _, Write};

use futures_util::future::join_all;
use wire::filter::Verdict;

use super::cursor::{Cursor, Read};
use super::lineage::Lineage;
use super::merge::{Got, merge};
use super::select::Selection;
use super::{Args, PUSH_ROUND, ROUND, print};
use crate::cli::style::Style;
use crate::client::{Client, ClientError, Start};
use crate::refusal::{Code, Refusal};

/// One run of the command.
pub(super) struct Tail<'a> {
    client: &'a Client,
    args: &'a Args,
    /// The consumer that it reads through, if it does.
    consumer: Option<&'a str>,
    start: Start,
    selection: Selection,
    form: print::Form,
    /// Records that may still be printed.
    left: u64,
    /// Whether it was told that user records are left out.
    is_left_out_told: bool,
    /// Whether it was told that records take too much work to match.
    is_exhausting_told: bool,
    /// Whether shards ended, and their children are not known yet.
    has_heirs: bool,
}

impl<'a> Tail<'a> {
    pub(super) fn new(client: &'a Client, args: &'a Args, consumer: Option<&'a str>) -> Self {
        let start = args.from.clone();
        Self {
            client,
            args,
            consumer,
            start: start.unwrap_or(if args.follow { Start::Latest } else { Start::TrimHorizon }),
            selection: Selection { filter: args.filter.clone(), grep: args.grep.clone() },
            form: print::Form::stdout(args.json),
            left: args.limit.unwrap_or(u64::MAX),
            is_left_out_told: false,
            is_exhausting_told: false,
            has_heirs: false,
        }
    }

    /// Prints until the end or the limit.
    pub(super) async fn run(&mut self) -> anyhow::Result<()> {
        let mut lineage = self.begin().await?;
        self.tell_waiting();
        let mut cursors: Vec<Cursor> = Vec::new();
        while self.left > 0 {
            let (client, stream, consumer) = (self.client, &self.args.stream, self.consumer);
            cursors.extend(lineage.ready().into_iter().map(|ready| Cursor::new(consumer, ready)));
            let is_more = |cursor: &Cursor| self.args.follow || cursor.is_behind();
            if !self.has_heirs && !cursors.iter().any(is_more) {
                break;
            }
            let reads = cursors.iter_mut().map(|cursor| cursor.read(client, stream, consumer));
            let round = if consumer.is_some() { PUSH_ROUND } else { ROUND };
            let (reads, ()) = tokio::join!(join_all(reads), tokio::time::sleep(round));
            let mut got = Vec::new();
            for (cursor, read) in cursors.iter().zip(reads) {
                got.push(self.of_read(cursor, read?)?);
            }
            self.write_out(merge(got))?;
            self.go_on(&mut lineage, &mut cursors).await?;
        }
        Ok(())
    }

    /// Who looks at an empty screen is told why it is empty.
    fn tell_waiting(&self) {
        let mut err = io::stderr();
        if self.args.follow && matches!(self.start, Start::Latest) && err.is_terminal() {
            let note = Style::stderr().hint("note:");
            let text = "waiting for new records; --from trim-horizon shows those that are there already, too";
            // That nobody hears it is no failure.
            let _ = writeln!(err, "{note} {text}");
        }
    }

    async fn begin(&self) -> anyhow::Result<Lineage> {
        let Args { stream, shard: wanted, .. } = self.args;
        let shards = self.client.list_shards(stream).await?;
        if wanted.is_empty() {
            return Ok(Lineage::begin(&shards, &self.start));
        }
        if let Some(absent) = wanted.iter().find(|id| shards.iter().all(|it| it.shard_id != **id)) {
            let ids: Vec<&str> = shards.iter().map(|shard| shard.shard_id.as_str()).collect();
            let refusal = Refusal::failed(format!("stream `{stream}` has no shard `{absent}`"));
            return Err(refusal.hint(format!("it has {}", ids.join(", "))).into());
        }
        Ok(Lineage::only(&shards, wanted, &self.start))
    }

    /// The records of a read that are to be shown.
    fn of_read(&mut self, cursor: &Cursor, read: Read) -> anyhow::Result<Vec<Got>> {
        let records = match read {
            Read::Records(records) => records,
            Read::Stuck(error) => {
                self.stuck(cursor, error)?;
                return Ok(Vec::new());
            }
        };
        let mut shown = Vec::with_capacity(records.len());
        for record in records {
            if self.args.raw {
                shown.push(record);
                continue;
            }
            let number = record.sequence_number.clone();
            match record.apart(cursor.range) {
                Ok(records) => shown.extend(records),
                Err(count) => self.left_out(count, &number)?,
            }
        }
        let mut exhausting = None;
        shown.retain(|record| match self.selection.verdict(record) {
            Verdict::Wanted => true,
            Verdict::Unwanted => false,
            Verdict::Exhausted => {
                exhausting.get_or_insert_with(|| record.sequence_number.clone());
                false
            }
        });
        if let Some(number) = exhausting {
            self.exhausting(&number)?;
        }
        Ok(shown)
    }

    /// Gives up, or says that it does not.
    fn stuck(&self, cursor: &Cursor, error: ClientError) -> anyhow::Result<()> {
        let what = format!("cannot read {}", cursor.place());
        if self.args.follow {
            let warning = Style::stderr().warning("warning:").to_string();
            writeln!(io::stderr(), "{warning} {what}: {error}; trying again")?;
            return Ok(());
        }
        // What a server says of stored data that it cannot give.
        let is_damage = error.code() == Some("InternalFailure");
        let code = if is_damage { Code::Damaged } else { Code::Failed };
        let hint = "the server's log and `shardmill doctor` tell more; --from goes on behind it";
        Err(Refusal::new(code, what).because(error).hint(hint).into())
    }

    /// Says once that user records are not shown.
    fn left_out(&mut self, count: usize, number: &str) -> io::Result<()> {
        if std::mem::replace(&mut self.is_left_out_told, true) {
            return Ok(());
        }
        let warning = Style::stderr().warning("warning:").to_string();
        writeln!(
            io::stderr(),
            "{warning} {count} user records of aggregated record {number}, and others like them, are not shown: \
             their keys belong to other shards. --raw shows the record"
        )
    }

    /// Says once that records are not shown that the filter could not be done with.
    fn exhausting(&mut self, number: &str) -> io::Result<()> {
        if std::mem::replace(&mut self.is_exhausting_told, true) {
            return Ok(());
        }
        let warning = Style::stderr().warning("warning:").to_string();
        writeln!(
            io::stderr(),
            "{warning} record {number}, and others like it, are not shown: they take too much work to match with \
             --filter. A shorter filter, or --grep, shows them"
        )
    }

    fn write_out(&mut self, records: Vec<Got>) -> io::Result<()> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        for record in records {
            if self.left == 0 {
                break;
            }
            print::record(&mut out, &record, self.form)?;
            self.left -= 1;
        }
        out.flush()
    }

    /// Leaves shards that were read to their end; their children are next.
    async fn go_on(
        &mut self,
        lineage: &mut Lineage,
        cursors: &mut Vec<Cursor>,
    ) -> anyhow::Result<()> {
        for ended in cursors.extract_if(.., |cursor| cursor.is_at_end()) {
            lineage.end(&ended.shard);
            // Whoever named shards wants no others.
            self.has_heirs |= self.args.shard.is_empty();
        }
        if !self.has_heirs {
            return Ok(());
        }
        match self.client.list_shards(&self.args.stream).await {
            Ok(shards) => lineage.learn(&shards, &self.start),
            // A stream that is deleted has no children: what was read is all there was.
            Err(error) if error.code() == Some("ResourceNotFoundException") => {}
            Err(error) if self.args.follow && error.is_retryable() => {
                tracing::debug!(%error, "shards are listed again");
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        }
        self.has_heirs = false;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use domain::HashRange;

    use super::super::lineage::Ready;
    use super::super::tests::client;
    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: Args,
    }

    fn ended() -> Cursor {
        let (shard, range) = ("shardId-000000000000".to_owned(), HashRange::ALL);
        let ready = Ready { shard, range, start: Start::TrimHorizon, is_closed: true };
        let mut cursor = Cursor::new(None, ready);
        cursor.source = None;
        cursor
    }

    #[tokio::test]
    async fn who_follows_asks_again_for_the_children_of_a_shard_that_ended() {
        let client = client();
        let (mut lineage, mut cursors) = (Lineage::default(), vec![ended()]);
        let follows = Cli::parse_from(["tail", "--stream", "s", "--follow"]).args;
        let mut tail = Tail::new(&client, &follows, None);
        tail.go_on(&mut lineage, &mut cursors).await.unwrap();
        assert!(cursors.is_empty() && tail.has_heirs, "nobody knows them yet");
        let ends = Cli::parse_from(["tail", "--stream", "s"]).args;
        let mut tail = Tail::new(&client, &ends, None);
        tail.go_on(&mut lineage, &mut vec![ended()]).await.unwrap_err();
    }
}
