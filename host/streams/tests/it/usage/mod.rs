//! What is counted, what is written down, and what is told.

mod counting;
mod report;
