//! Backups through the program itself: made under load, restored elsewhere, damaged and refused.

mod damaged;
mod load;
mod restored;
mod support;
