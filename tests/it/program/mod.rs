//! The program as its user meets it: exit codes, messages, signals, the commands that speak to a server.

mod aggregated;
mod bench;
mod commands;
mod doctor;
mod functions;
mod functions_served;
mod refusals;
mod resharding;
mod serving;
mod streams;
mod usage;
