//! What tests of reading share: a client without a server.

use std::sync::Arc;

use stdx::{ManualClock, SeededEntropy, Tasks};

use crate::client::{Client, Credentials, Seams};

/// A client of a server that was there and is not.
pub(super) fn client() -> Client {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let seams = Seams {
        clock: Arc::new(ManualClock::at(domain::Millis(1_790_068_000_000))),
        entropy: Arc::new(SeededEntropy::new(1)),
        tasks: Tasks::new(),
    };
    let endpoint = format!("http://{gone}").parse().unwrap();
    Client::new(endpoint, Credentials::development(), "us-east-1", &seams)
}
