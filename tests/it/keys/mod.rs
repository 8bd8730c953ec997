//! Keys through the program itself: real clients, what lies on the disk, the master key.

mod at_rest;
mod clients;
mod master;
