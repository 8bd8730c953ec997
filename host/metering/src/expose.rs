//! The metrics as text, in the OpenMetrics format that Prometheus reads.

use prometheus_client::encoding::text::encode;

use crate::registry::Metrics;

/// What a reply with [`Metrics::expose`] says about itself.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

impl Metrics {
    /// All series with their present values.
    ///
    /// # Panics
    /// Never: writing into a string does not fail.
    pub fn expose(&self) -> String {
        let mut text = String::with_capacity(16 * 1024);
        encode(&mut text, self.registry()).expect("a string takes any text");
        text
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::catalog::{CATALOG, Kind};

    /// Metrics of which each has at least one series: a family without any is not shown.
    fn all() -> Metrics {
        let metrics = Metrics::new();
        metrics.operation("kinesis", "PutRecord").succeeded();
        metrics.authentication_failed("InvalidSignatureException");
        metrics
    }

    #[test]
    fn what_is_shown_is_what_the_catalogue_says() {
        let text = all().expose();
        let shown: BTreeSet<&str> =
            text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
        let said: BTreeSet<String> = CATALOG
            .iter()
            .map(|metric| {
                let kind = match metric.kind {
                    Kind::Counter => "counter",
                    Kind::Gauge => "gauge",
                    Kind::Histogram => "histogram",
                };
                format!("{} {kind}", metric.shown_name())
            })
            .collect();
        assert_eq!(shown, said.iter().map(String::as_str).collect());
        assert_eq!(said.len(), CATALOG.len(), "names differ");
    }

    #[test]
    fn an_operation_is_shown_from_its_first_request_on() {
        let metrics = all();
        let other = metrics.operation("kinesis", "GetRecords");
        assert!(!metrics.expose().contains("GetRecords"));
        other.answered(std::time::Duration::from_millis(1));
        let shown = metrics.expose();
        let count =
            r#"shardmill_request_seconds_count{service="kinesis",operation="GetRecords"} 1"#;
        assert!(shown.contains(count), "{shown}");
    }

    #[test]
    fn series_have_the_labels_that_the_catalogue_says() {
        let text = all().expose();
        for metric in CATALOG {
            let name = metric.shown_name();
            let series =
                text.lines().find(|line| line.starts_with(&name) && !line.contains("le=")).unwrap();
            for label in metric.labels {
                assert!(series.contains(&format!("{label}=\"")), "{series}");
            }
        }
    }

    #[test]
    fn clones_count_together() {
        let metrics = all();
        metrics.clone().request_failed("kinesis", "PutRecord", "Xy");
        metrics.storage.wal_bytes.set(7);
        let text = metrics.expose();
        assert!(text.contains(
            "shardmill_requests_total{service=\"kinesis\",operation=\"PutRecord\",code=\"Xy\"} 1\n"
        ));
        assert!(text.contains("shardmill_wal_bytes 7\n"), "{text}");
        assert!(text.ends_with("# EOF\n"));
    }
}
