//! What a future takes of its thread.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tokio::sync::oneshot;

/// Polls `work` to its end and gives its result and the processor time that it took, or `None` if meanwhile
/// nobody wants the result any more. The work is dropped then.
pub(crate) async fn metered<T, R>(
    work: impl Future<Output = T>,
    wanted: &mut oneshot::Sender<R>,
) -> Option<(T, Duration)> {
    let mut work = std::pin::pin!(work);
    let mut cpu = Duration::ZERO;
    std::future::poll_fn(move |context| {
        if wanted.poll_closed(context).is_ready() {
            return Poll::Ready(None);
        }
        let (polled, took) = poll(work.as_mut(), context);
        cpu += took;
        polled.map(|result| Some((result, cpu)))
    })
    .await
}

fn poll<T>(
    work: Pin<&mut impl Future<Output = T>>,
    context: &mut Context<'_>,
) -> (Poll<T>, Duration) {
    let before = thread_time();
    let polled = work.poll(context);
    (polled, thread_time().saturating_sub(before))
}

/// Processor time of this thread so far.
fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let nanos = u32::try_from(time.tv_nsec).unwrap_or_default();
    Duration::new(u64::try_from(time.tv_sec).unwrap_or_default(), nanos)
}
