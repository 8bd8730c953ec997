//! Room, order and fairness of the queue.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use super::*;

fn push(queue: &Queue<u32>, tenant: u64, bytes: usize, job: u32) {
    assert_eq!(poll(pin!(queue.push(tenant, bytes, job))), Poll::Ready(Ok(())));
}

const NOW: Option<Duration> = Some(Duration::ZERO);

#[test]
fn tenants_take_turns_and_each_keeps_its_order() {
    let queue = Queue::new(64 * QUANTUM);
    (0..8).for_each(|job| push(&queue, 1, QUANTUM, job));
    push(&queue, 2, 10, 100);
    push(&queue, 2, 10, 101);
    let batch = queue.take(3 * QUANTUM, NOW).unwrap();
    assert_eq!(batch.jobs, [0, 100, 101, 1, 2]);
    let batch = queue.take(usize::MAX, NOW).unwrap();
    assert_eq!(batch.jobs, [3, 4, 5, 6, 7]);
}

#[test]
fn a_job_larger_than_the_quantum_comes_through() {
    let queue = Queue::new(64 * QUANTUM);
    push(&queue, 1, 10 * QUANTUM, 1);
    assert_eq!(queue.take(usize::MAX, NOW).unwrap().jobs, [1]);
}

fn poll(push: Pin<&mut impl Future<Output = Result<(), Closed>>>) -> Poll<Result<(), Closed>> {
    push.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn room_is_given_back_with_the_batch() {
    let queue = Queue::new(8 * UNIT);
    push(&queue, 1, 3 * UNIT, 1);
    let mut waiting = pin!(queue.push(1, UNIT, 2));
    assert!(poll(waiting.as_mut()).is_pending());
    let batch = queue.take(usize::MAX, NOW).unwrap();
    assert!(poll(waiting.as_mut()).is_pending());
    drop(batch);
    assert!(poll(waiting.as_mut()).is_ready());
}

#[test]
fn a_crowd_of_one_tenant_does_not_delay_another() {
    let queue = Queue::new(4 * QUANTUM);
    let mut crowd: Vec<_> =
        (0..100).map(|job| Box::pin(queue.push(1, QUANTUM - UNIT, job))).collect();
    let entered = crowd.iter_mut().filter_map(|it| poll(it.as_mut()).is_ready().then_some(()));
    assert_eq!(entered.count(), 2);
    // There is room for another at once, and it is in the next group.
    push(&queue, 2, 100, 1000);
    let batch = queue.take(8 * QUANTUM, NOW).unwrap();
    assert_eq!(batch.jobs, [0, 1000, 1]);
}

#[test]
fn who_waits_for_common_room_is_not_behind_a_crowd() {
    let queue = Queue::new(4 * QUANTUM);
    let crowd = |job: u32| Box::pin(queue.push(u64::from(job % 2), QUANTUM - UNIT, job));
    let mut crowds: Vec<_> = (0..100).map(crowd).collect();
    // Two tenants fill the queue.
    crowds.retain_mut(|it| poll(it.as_mut()).is_pending());
    let mut other = pin!(queue.push(3, 100, 1000));
    assert!(poll(other.as_mut()).is_pending());
    drop(queue.take(8 * QUANTUM, NOW).unwrap());
    crowds.retain_mut(|it| poll(it.as_mut()).is_pending());
    assert!(poll(other.as_mut()).is_ready());
    assert!(queue.take(8 * QUANTUM, NOW).unwrap().jobs.contains(&1000));
}

#[test]
fn a_crowd_comes_through_in_its_order() {
    let queue = Queue::new(4 * QUANTUM);
    let mut crowd: Vec<_> =
        (0..20).map(|job| Box::pin(queue.push(1, QUANTUM - UNIT, job))).collect();
    let mut seen = Vec::new();
    while seen.len() < 20 {
        crowd.retain_mut(|it| poll(it.as_mut()).is_pending());
        seen.extend(queue.take(8 * QUANTUM, NOW).unwrap().jobs);
    }
    assert_eq!(seen, Vec::from_iter(0..20));
}

#[test]
fn a_job_larger_than_the_queue_passes_alone() {
    let queue = Queue::new(4 * UNIT);
    push(&queue, 1, 100 * UNIT, 1);
    let mut waiting = pin!(queue.push(2, 1, 2));
    assert!(poll(waiting.as_mut()).is_pending());
    assert_eq!(queue.take(usize::MAX, NOW).unwrap().jobs, [1]);
    assert!(poll(waiting.as_mut()).is_ready());
}

#[test]
fn tenants_that_went_away_take_no_memory() {
    let queue = Queue::new(64 * QUANTUM);
    push(&queue, 0, QUANTUM, 0);
    for tenant in 1..10_000 {
        push(&queue, tenant, 1, 1);
        drop(queue.take(usize::MAX, NOW).unwrap());
    }
    let state = queue.state.lock();
    assert!(state.shares.count() <= room::SHARES_MIN);
    assert!(state.tenants.is_empty());
}

#[test]
fn a_share_in_use_is_not_forgotten() {
    let queue = Queue::new(4 * UNIT);
    push(&queue, 1, UNIT, 1);
    let held = queue.take(usize::MAX, NOW).unwrap();
    for tenant in 2..1000 {
        push(&queue, tenant, 1, 1);
        drop(queue.take(usize::MAX, NOW).unwrap());
    }
    let mut waiting = pin!(queue.push(1, 1, 2));
    assert!(poll(waiting.as_mut()).is_pending());
    drop(held);
    assert!(poll(waiting.as_mut()).is_ready());
}

#[test]
fn closing_ends_every_wait() {
    let queue = Queue::new(4 * UNIT);
    push(&queue, 1, UNIT, 1);
    push(&queue, 2, UNIT, 2);
    let mut share = pin!(queue.push(1, 1, 3));
    let mut common = pin!(queue.push(3, 1, 4));
    assert!(poll(share.as_mut()).is_pending() && poll(common.as_mut()).is_pending());
    queue.close();
    assert_eq!(poll(share.as_mut()), Poll::Ready(Err(Closed)));
    assert_eq!(poll(common.as_mut()), Poll::Ready(Err(Closed)));
    assert_eq!(poll(pin!(queue.push(4, 1, 5))), Poll::Ready(Err(Closed)));
}

#[test]
fn a_closed_queue_is_emptied_and_ends() {
    let queue = Queue::new(64 * QUANTUM);
    push(&queue, 1, 1, 1);
    queue.close();
    assert_eq!(queue.take(usize::MAX, None).unwrap().jobs, [1]);
    assert!(queue.take(usize::MAX, None).is_none());
}
