//! Configuration: flags over one strict file over defaults; the environment only for secrets and paths.
//!
//! [`flags`] is the command line as typed, [`file`] the configuration file as written, [`settings`] what both
//! come to. Every key of the file has the name of its flag.

mod environment;
mod file;
mod flags;
mod listen;
mod settings;
mod tls;

pub(crate) use environment::{home, variable};
pub(crate) use file::File;
pub(crate) use flags::ServeFlags;
pub(crate) use listen::{Listen, NamedListen};
pub(crate) use settings::{Access, DATA_DEFAULT, LogFormat, Settings};
pub(crate) use tls::{GivenCertificate, TlsMode};
