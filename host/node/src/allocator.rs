//! Has the allocator keep what large buffers leave behind.
//!
//! A call of PutRecords needs some buffers of half a megabyte for a few milliseconds each. glibc gives the memory
//! behind them back to the kernel as soon as they are freed, and the next call pays for it again: 320 page faults
//! a call, a fifth of the processor time of the door. How much it keeps follows from the largest block that it was
//! ever given back (`mallopt(3)`, `M_MMAP_THRESHOLD`): blocks up to that size come from a heap, and a heap keeps
//! twice as much. So one block of the largest size that counts is freed once the server has started. An idle server
//! holds 6 MiB more for it.
//!
//! `bench ingest` with one client, four shards: 61,000 records a second instead of 55,000, 2.5 ms of processor for a
//! call of 500 records instead of 3.4 (reading UTF-8 at once, as `wire` does since, is in the second figure).
//!
//! Other allocators take no notice. jemalloc and mimalloc, as they come, had as many faults as glibc without this, or
//! more; told to keep all, jemalloc had as few as glibc with it.

use std::hint::black_box;

/// The largest block that glibc learns from is one of 32 MiB with what it adds to it
/// (`DEFAULT_MMAP_THRESHOLD_MAX`).
const LARGEST_BYTES: usize = 32 * 1024 * 1024 - 64 * 1024;

/// To be called once. The block is never written to, so it costs no memory itself.
pub(crate) fn keep_what_is_freed() {
    drop(black_box(Vec::<u8>::with_capacity(LARGEST_BYTES)));
}
