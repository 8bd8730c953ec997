//! `bench idle`: from start to ready, and what a server that does nothing holds.

use std::time::Duration;

use serde::Serialize;

use super::Bench;
use super::child::{Server, temporary};
use crate::cli::progress;

/// Starts on a new directory, and as many on one that is there.
const STARTS: usize = 5;
/// How long a server rests before its memory is read.
const REST: Duration = Duration::from_secs(1);

/// Middle and worst of some starts.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    pub(super) starts: usize,
    pub(super) first_start_ms_p50: f64,
    pub(super) first_start_ms_max: f64,
    pub(super) later_start_ms_p50: f64,
    pub(super) later_start_ms_max: f64,
    pub(super) resident_mib: f64,
}

/// Measures starts one after the other.
pub(super) async fn run(bench: &Bench<'_>) -> anyhow::Result<Report> {
    let bar = progress::busy("starting and resting");
    let (mut first, mut later, mut resident_mib) = (Vec::new(), Vec::new(), 0f64);
    for _ in 0..STARTS {
        let dir = temporary(bench.data)?;
        for times in [&mut first, &mut later] {
            let server = Server::start(dir.path(), bench.seams, &bench.proc).await?;
            times.push(server.started_in.as_secs_f64() * 1000.0);
            tokio::time::sleep(REST).await;
            resident_mib = resident_mib.max(server.resident_mib());
            server.kill().await?;
        }
    }
    bar.finish_and_clear();
    Ok(Report {
        starts: STARTS,
        first_start_ms_p50: middle(&mut first),
        first_start_ms_max: worst(&first),
        later_start_ms_p50: middle(&mut later),
        later_start_ms_max: worst(&later),
        resident_mib,
    })
}

fn middle(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(0.0)
}

fn worst(times: &[f64]) -> f64 {
    times.iter().copied().fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn middle_and_worst_are_of_the_sorted_times() {
        let mut times = vec![3.0, 1.0, 9.0, 2.0, 4.0];
        assert_eq!(middle(&mut times), 3.0);
        assert_eq!(worst(&times), 9.0);
        assert_eq!(middle(&mut []), 0.0);
    }
}
