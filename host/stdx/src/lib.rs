//! What we wish the standard library had: seams for time, randomness and tasks, a data directory that
//! cannot be left, values that never print, parts of a bound for each that wants some, pages of a list.
//!
//! Nobody reads the clock, draws random numbers or spawns except through here; lints forbid the ways around.

#![forbid(unsafe_code)]

mod background;
mod bucket;
mod chain;
mod clock;
mod data_dir;
mod entropy;
mod hex;
mod page;
mod secret;
mod tasks;
mod visits;

pub use background::{Abandoned, Background};
pub use bucket::Bucket;
pub use chain::Chain;
pub use clock::{Clock, ManualClock, SystemClock};
pub use data_dir::{DataDir, DirLock, InPlace, Overseer, Space, Step};
pub use entropy::{Entropy, SeededEntropy, SystemEntropy};
pub use hex::hex;
pub use page::Page;
pub use secret::Secret;
pub use tasks::{Shutdown, Tasks, stand_back};
pub use visits::{Held, Visit, Visits};
