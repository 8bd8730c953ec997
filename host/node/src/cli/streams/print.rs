//! Streams for people (pure).

use std::fmt::Write as _;

use domain::HashRange;

use crate::cli::progress::grouped;
use crate::cli::style::Style;
use crate::cli::table::Table;
use crate::cli::tail::moment;
use crate::client::{Shard, StreamSummary};

/// Cells of a bar: a power of two, so that shards of streams that were only split fill whole ones.
const BAR_CELLS: u32 = 32;

/// `ACTIVE, provisioned, 2 open shards, 24 h`
pub(super) fn state(summary: &StreamSummary) -> String {
    let shards = summary.open_shard_count;
    let plural = if shards == 1 { "" } else { "s" };
    format!(
        "{}, {}, {} open shard{plural}, {} h",
        summary.stream_status,
        mode(summary),
        grouped(shards),
        summary.retention_period_hours
    )
}

fn mode(summary: &StreamSummary) -> String {
    summary.mode().to_lowercase().replace('_', "-")
}

/// Streams, one a line.
pub(super) fn streams(summaries: &[StreamSummary], style: Style) -> Table {
    let headings = ["stream", "status", "mode", "shards", "retention", "consumers"];
    let mut table = Table::new(style, &headings).words(3);
    for summary in summaries {
        table.row([
            summary.stream_name.clone(),
            summary.stream_status.clone(),
            mode(summary),
            grouped(summary.open_shard_count),
            format!("{} h", summary.retention_period_hours),
            grouped(summary.consumer_count),
        ]);
    }
    table
}

/// All that matters of a stream but its shards.
pub(super) fn details(
    heading: &str,
    summary: &StreamSummary,
    shards: &[Shard],
    compression: Option<&str>,
) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        // A text takes whatever is written to it.
        let _ = writeln!(text, "  {name:<11} {value}");
    };
    let open = shards.iter().filter(|shard| shard.is_open()).count();
    line("arn", &summary.stream_arn);
    line("status", &summary.stream_status);
    line("mode", &mode(summary));
    line("shards", &format!("{open} open, {} closed", shards.len() - open));
    line("retention", &format!("{} h", summary.retention_period_hours));
    if let Some(kib) = summary.rest.get("MaxRecordSizeInKiB").and_then(|it| it.as_u64()) {
        line("records", &format!("up to {} KiB", grouped(kib)));
    }
    line("consumers", &grouped(summary.consumer_count));
    line("encryption", summary.text("EncryptionType").unwrap_or("NONE"));
    if let Some(compression) = compression {
        line("compression", compression);
    }
    line("created", &moment(summary.stream_creation_timestamp));
    format!("{heading}\n{text}")
}

/// Shards, one a line; their ranges as bars or as numbers.
pub(super) fn shards(shards: &[Shard], style: Style, has_bars: bool) -> Table {
    let headings = ["shard", "state", "hash keys", "parents", "share"];
    let mut table = Table::new(style, &headings).words(4);
    for shard in shards {
        let range = shard.range();
        let keys = match has_bars {
            true => bar(range),
            false => format!("{}..{}", range.first, range.last),
        };
        let parents: Vec<&str> = shard.parents().collect();
        table.row([
            shard.shard_id.clone(),
            if shard.is_open() { "open" } else { "closed" }.to_owned(),
            keys,
            if parents.is_empty() { "-".to_owned() } else { parents.join(" ") },
            share(range),
        ]);
    }
    table
}

/// `[    ====                        ]`
fn bar(range: HashRange) -> String {
    let shift = u128::BITS - BAR_CELLS.ilog2();
    let (first, last) = (range.first.0 >> shift, range.last.0 >> shift);
    let cells = (0..u128::from(BAR_CELLS)).map(|cell| match (first..=last).contains(&cell) {
        true => '=',
        false => ' ',
    });
    format!("[{}]", cells.collect::<String>())
}

/// `25.0 %`
#[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
fn share(range: HashRange) -> String {
    let width = range.last.0.saturating_sub(range.first.0) as f64;
    format!("{:.1} %", (width + 1.0) / u128::MAX as f64 * 100.0)
}

#[cfg(test)]
mod tests {
    use domain::HashKey;
    use serde_json::json;

    use super::*;

    fn shard(number: u32, range: HashRange, ends: Option<&str>, parent: Option<&str>) -> Shard {
        let told = json!({
            "ShardId": format!("s-{number}"), "ParentShardId": parent,
            "HashKeyRange": {
                "StartingHashKey": range.first.to_string(), "EndingHashKey": range.last.to_string()
            },
            "SequenceNumberRange": { "StartingSequenceNumber": "49", "EndingSequenceNumber": ends },
        });
        serde_json::from_value(told).unwrap()
    }

    fn summary() -> StreamSummary {
        let told = json!({
            "StreamName": "clicks", "StreamARN": "arn:x", "StreamStatus": "ACTIVE",
            "RetentionPeriodHours": 24, "OpenShardCount": 2, "StreamCreationTimestamp": 0.0,
        });
        serde_json::from_value(told).unwrap()
    }

    #[test]
    fn bars_show_where_a_shard_lies() {
        assert_eq!(bar(HashRange::ALL), format!("[{}]", "=".repeat(32)));
        let parts = HashRange::tile(4);
        assert_eq!(
            bar(parts[1]),
            format!("[{}{}{}]", " ".repeat(8), "=".repeat(8), " ".repeat(16))
        );
        let one = HashRange { first: HashKey(5), last: HashKey(5) };
        assert_eq!(bar(one), format!("[={}]", " ".repeat(31)));
        assert_eq!((share(parts[1]), share(HashRange::ALL)), ("25.0 %".into(), "100.0 %".into()));
    }

    #[test]
    fn shards_stand_on_one_line_each() {
        let halves = HashRange::tile(2);
        let all = [
            shard(0, HashRange::ALL, Some("50"), None),
            shard(1, halves[0], None, Some("s-0")),
            shard(2, halves[1], None, Some("s-0")),
        ];
        let shown = shards(&all, Style::plain(), true).to_string();
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(
            lines[0],
            "  shard  state   hash keys                           parents    share"
        );
        assert!(lines[1].starts_with("  s-0    closed  [====") && lines[1].ends_with("100.0 %"));
        assert!(
            lines[3].starts_with("  s-2    open    [    ")
                && lines[3].ends_with("s-0       50.0 %")
        );
        let shown = details("clicks", &summary(), &all, Some("LZ4"));
        assert!(shown.starts_with("clicks\n  arn         arn:x\n"), "{shown}");
        assert!(shown.contains("  shards      2 open, 1 closed\n"), "{shown}");
        assert!(shown.contains("  compression LZ4\n"), "{shown}");
        let numbers = shards(&all[1..2], Style::plain(), false).to_string();
        assert!(numbers.contains("0..170141183460469231731687303715884105727"), "{numbers}");
    }

    #[test]
    fn streams_stand_on_one_line_each() {
        let shown = streams(&[summary()], Style::plain()).to_string();
        assert_eq!(
            shown,
            "  stream  status  mode         shards  retention  consumers\n  \
               clicks  ACTIVE  provisioned       2       24 h          0\n"
        );
        assert_eq!(state(&summary()), "ACTIVE, provisioned, 2 open shards, 24 h");
    }
}
