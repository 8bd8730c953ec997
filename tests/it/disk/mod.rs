//! A disk that becomes full under a server, for real: a small file system of its own.

mod cycle;
mod small;
