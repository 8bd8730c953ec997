//! Counters of the server under test, as its `/metrics` tells them.

use anyhow::Context as _;
use http::Method;

use crate::client::{Client, Rest};

/// The sum of a counter over its labels.
pub(super) async fn counter(client: &Client, name: &str) -> anyhow::Result<u64> {
    let asked = Rest::new("kinesis", Method::GET, &["metrics"]);
    let reply = client.rest(&asked).await.context("cannot read the metrics")?;
    let text = String::from_utf8_lossy(reply.body());
    sum(&text, name).with_context(|| format!("there is no metric {name}"))
}

fn sum(text: &str, name: &str) -> Option<u64> {
    let values = text.lines().filter_map(|line| {
        let rest = line.strip_prefix(name)?;
        let value = match rest.strip_prefix('{') {
            Some(labelled) => labelled.rsplit_once("} ")?.1,
            None => rest.strip_prefix(' ')?,
        };
        value.split(' ').next()?.parse::<u64>().ok()
    });
    let values: Vec<u64> = values.collect();
    (!values.is_empty()).then(|| values.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_summed_over_labels() {
        let text =
            "# TYPE a counter\na_total{x=\"1\"} 3\na_total{x=\"} 2\"} 4\nab_total 9\nb_total 5\n";
        assert_eq!(sum(text, "a_total"), Some(7));
        assert_eq!(sum(text, "b_total"), Some(5));
        assert_eq!(sum(text, "c_total"), None);
    }
}
