//! The sandbox as callers see it, with the real engine and the real compiling child. Guests are text, so that
//! no toolchain is needed.

#[cfg(test)]
mod bad;
#[cfg(test)]
mod compile;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod crowd;
#[cfg(test)]
mod fetched;
#[cfg(test)]
mod handler;
mod keyed;
mod memory;
#[cfg(test)]
mod soak;
#[cfg(test)]
mod support;
#[cfg(test)]
mod warm;
#[cfg(test)]
mod wasi;
