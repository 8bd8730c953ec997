//! How much a host may take.

use std::time::Duration;

use stdx::{DataDir, Secret};

use crate::compile::Worker;

/// What a [`Host`](crate::Host) is made of. [`Options::new`] has good values for all that is a number.
#[derive(Debug)]
pub struct Options {
    /// What compiles: this very program, told to call [`compile_worker`](crate::compile_worker).
    pub worker: Worker,
    /// Where compiled code is kept, in the folder `compiled`.
    pub cache: DataDir,
    /// The host's own key; what is kept is sealed with a key that follows from it.
    pub host_key: Secret<[u8; 32]>,
    /// Threads for guests; 0 for one per processor.
    pub threads: usize,
    /// Calls that run at a time; of one tenant three quarters of them.
    pub running_max: usize,
    /// Calls that wait for others to end.
    pub waiting_max: usize,
    /// How long they wait.
    pub wait: Duration,
    /// Bytes of linear memory of all instances: of those that wait for their next call at most a quarter, of those that
    /// run the rest, of which one tenant may have three quarters.
    pub memory_bytes_max: usize,
    /// Instances that wait for their next call.
    pub warm_max: usize,
    /// Bytes of their memories.
    pub warm_bytes_max: usize,
    /// Compiled components in memory.
    pub loaded_max: usize,
    /// Bytes of their code.
    pub loaded_bytes_max: usize,
    /// Bytes of compiled code on disk.
    pub cache_bytes_max: u64,
    /// Compilers at a time.
    pub compiling_max: usize,
}

impl Options {
    /// For a machine of some gigabytes.
    pub fn new(worker: Worker, cache: DataDir, host_key: Secret<[u8; 32]>) -> Self {
        Self {
            worker,
            cache,
            host_key,
            threads: 0,
            running_max: 256,
            waiting_max: 4096,
            wait: Duration::from_secs(10),
            memory_bytes_max: 4 * 1024 * 1024 * 1024,
            warm_max: 256,
            warm_bytes_max: 512 * 1024 * 1024,
            loaded_max: 512,
            loaded_bytes_max: 256 * 1024 * 1024,
            cache_bytes_max: 4 * 1024 * 1024 * 1024,
            compiling_max: 2,
        }
    }
}
