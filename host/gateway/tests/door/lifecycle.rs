//! Panics and the end.

use std::io::ErrorKind;
use std::time::Duration;

use gateway::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{Ask, Got, connect1, connect2, send1};
use crate::server::Server;

#[tokio::test]
async fn a_panic_is_a_failure_of_its_request_only() {
    let server = Server::start().await;
    let mut client = connect1(&server).await;
    let got = client.send_request(Ask::to("Panic").http1(&server)).await.unwrap();
    Got::of(got).await.is_failure(500, "InternalFailure", None);
    client.ready().await.unwrap();
    let got = client.send_request(Ask::to("Echo").http1(&server)).await.unwrap();
    assert_eq!(got.status(), 200);
    assert_eq!(server.metric("shardmill_request_panics_total"), 1);
    assert_eq!(server.metric("shardmill_body_in_flight_bytes"), 0);
    assert_eq!(server.tasks.panics(), 0);
}

#[tokio::test]
async fn shutdown_lets_requests_finish_and_closes_the_rest() {
    let server = Server::start().await;
    let (mut one, mut two) = (connect1(&server).await, connect2(&server).await);
    let mut idle = connect1(&server).await;
    let got = idle.send_request(Ask::to("Echo").http1(&server)).await.unwrap();
    assert_eq!(Got::of(got).await.status, 200);
    let silent = TcpStream::connect(server.address).await.unwrap();
    let ask = Ask::to("Wait");
    let first = one.send_request(ask.http1(&server));
    let second = two.send_request(ask.http2(&server));
    let stop = async {
        server.service.arrival().await;
        server.service.arrival().await;
        server.tasks.stop();
        // Who waits for work is closed at once, while the two requests are in hand.
        while idle.ready().await.is_ok() {
            tokio::task::yield_now().await;
        }
        server.service.leave.add_permits(2);
    };
    let (first, second, ()) = tokio::join!(first, second, stop);
    assert_eq!(Got::of(first.unwrap()).await.status, 200);
    assert_eq!(Got::of(second.unwrap()).await.status, 200);
    server.tasks.drained().await;
    drop(silent);
    let refused = TcpStream::connect(server.address).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    assert_eq!(server.metric("shardmill_connections_open"), 0);
}

/// A peer that sends the preface and empty settings and no more: a ping stays unanswered.
async fn frozen(server: &Server) -> TcpStream {
    let mut frozen = TcpStream::connect(server.address).await.unwrap();
    let hello = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    frozen.write_all(hello).await.unwrap();
    assert_eq!(frame(&mut frozen).await, 4, "it is spoken to");
    frozen
}

/// The type of the next frame.
async fn frame(stream: &mut TcpStream) -> u8 {
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.unwrap();
    let length = usize::from(head[1]) << 8 | usize::from(head[2]);
    stream.read_exact(&mut vec![0; length]).await.unwrap();
    head[3]
}

#[tokio::test]
async fn a_peer_that_is_asked_to_go_does_not_hold_up_the_end_either() {
    let idle_timeout = Duration::from_secs(4);
    let server = Server::with_limits(Limits { idle_timeout, ..Limits::default() }).await;
    let mut frozen = frozen(&server).await;
    // What comes is other frames, and at last GOAWAY, since nothing was asked for so long.
    while frame(&mut frozen).await != 7 {}
    server.tasks.stop();
    tokio::time::timeout(Duration::from_secs(3), server.tasks.drained()).await.unwrap();
}

#[tokio::test]
async fn peers_that_answer_nothing_do_not_hold_up_the_end() {
    let server = Server::start().await;
    let _frozen = frozen(&server).await;
    // And a head that does not go on.
    let mut begun = TcpStream::connect(server.address).await.unwrap();
    begun.write_all(b"POST / HTT").await.unwrap();
    server.tasks.stop();
    // Far less than the times that heads and idle connections have.
    tokio::time::timeout(Duration::from_secs(8), server.tasks.drained()).await.unwrap();
    assert_eq!(server.metric("shardmill_connections_open"), 0);
}

#[tokio::test]
async fn a_client_that_goes_away_gives_back_what_it_held() {
    let server = Server::start().await;
    let mut client = connect2(&server).await;
    {
        let asked = client.send_request(Ask::to("Wait").http2(&server));
        let gone = server.service.arrival();
        tokio::select! {
            _ = asked => panic!("nobody answers this"),
            () = gone => {}
        }
    }
    drop(client);
    server.tasks.stop();
    server.tasks.drained().await;
    assert_eq!(server.metric("shardmill_body_in_flight_bytes"), 0);
    assert_eq!(server.metric("shardmill_connections_open"), 0);
}

#[tokio::test]
async fn failures_are_counted_by_code() {
    let server = Server::start().await;
    let unsigned = Ask { secret: "wrong", ..Ask::to("Echo") };
    assert_eq!(send1(&server, &unsigned).await.status, 400);
    let series = "shardmill_requests_total{service=\"kinesis\",operation=\"Echo\",\
                  code=\"InvalidSignatureException\"}";
    assert_eq!(server.metric(series), 1);
}
