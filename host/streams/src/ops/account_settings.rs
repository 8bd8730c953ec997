//! What the two operations on an account's settings answer.

use serde::Serialize;
use wire::Caller;
use wire::shape::Moment;

use crate::{CommitmentStatus, Streams};

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    minimum_throughput_billing_commitment: Shown,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Shown {
    #[serde(skip_serializing_if = "Option::is_none")]
    earliest_allowed_end_at: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<Moment>,
    status: &'static str,
}

/// The settings of the caller's account, now.
pub(super) fn output(streams: &Streams, caller: &Caller) -> Output {
    let now = streams.clock.now();
    let commitment = streams.commitment(caller.account, &caller.region);
    let status = commitment.map_or(CommitmentStatus::Disabled, |it| it.status(now));
    let is_over = status == CommitmentStatus::Disabled;
    Output {
        minimum_throughput_billing_commitment: Shown {
            earliest_allowed_end_at: commitment.map(|it| it.earliest_end().into()),
            ended_at: commitment.and_then(|it| it.ended).filter(|_| is_over).map(Moment::from),
            started_at: commitment.map(|it| it.started.into()),
            status: status.as_str(),
        },
    }
}
