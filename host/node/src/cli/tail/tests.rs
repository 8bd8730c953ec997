//! What tests of reading share: clients of a server that is away, or that gives one answer.

use std::net::SocketAddr;
use std::sync::Arc;

use stdx::{ManualClock, SeededEntropy, Tasks};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::client::{Client, Credentials, Seams};

/// A client of a server that was there and is not.
pub(super) fn client() -> Client {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    client_with(gone, Tasks::new())
}

/// A client of a server that gives this answer, once, and then nothing.
pub(super) async fn client_of(answer: Vec<u8>) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let tasks = Tasks::new();
    tasks.spawn("server", async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = Vec::new();
        // The body is one object, which ends with the request.
        while !asked.ends_with(b"}") {
            assert_ne!(stream.read_buf(&mut asked).await.unwrap(), 0, "the client is gone");
        }
        stream.write_all(&answer).await.unwrap();
        std::future::pending::<()>().await;
    });
    client_with(address, tasks)
}

fn client_with(address: SocketAddr, tasks: Tasks) -> Client {
    let seams = Seams {
        clock: Arc::new(ManualClock::at(domain::Millis(1_790_068_000_000))),
        entropy: Arc::new(SeededEntropy::new(1)),
        tasks,
    };
    let endpoint = format!("http://{address}").parse().unwrap();
    Client::new(endpoint, Credentials::development(), "us-east-1", &seams)
}
