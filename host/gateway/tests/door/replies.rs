//! Answers that their clients do not read.

use std::time::Duration;

use gateway::Limits;
use http::StatusCode;
use identity::{Key, Root};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{Ask, connect2, send1, send2};
use crate::server::Server;

/// More than sockets keep between the two sides.
const LARGE: &str = r#"{"Text":"16777216"}"#;
const MIB: usize = 1024 * 1024;
const SOON: Duration = Duration::from_millis(50);
const NEVER: Duration = Duration::from_secs(3600);

const IN_FLIGHT: &str = "shardmill_reply_in_flight_bytes";
const REFUSALS: &str = "shardmill_reply_budget_refusals_total";
const EXPIRED: &str = "shardmill_connections_expired_total{reason=\"write\"}";

/// A door that waits for nobody but slow readers, and knows two keys of one account and one of another.
async fn door(limits: Limits) -> Server {
    Server::with(|door| {
        door.keys.insert("second", Root::dev().key());
        let account = "111122223333".parse().unwrap();
        let principal = "arn:aws:iam::111122223333:root".into();
        door.keys.insert("other", Key { account, principal, ..Root::dev().key() });
        let body_budget_wait = Duration::ZERO;
        door.limits = Limits { body_budget_wait, idle_timeout: NEVER, ..limits };
    })
    .await
}

fn large() -> Ask {
    Ask { body: LARGE.into(), ..Ask::to("Large") }
}

/// Asks over HTTP/1.1 and reads no more than the first bytes of the answer.
async fn unread(server: &Server) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(&large().bytes(server)).await.unwrap();
    let mut start = [0; 15];
    stream.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 200 OK");
    stream
}

#[tokio::test]
async fn answers_hold_their_share_until_they_are_read() {
    let reply_window = NEVER;
    let reply_budget_bytes = 40 * MIB;
    let server = door(Limits { reply_window, reply_budget_bytes, ..Limits::default() }).await;
    let mut first = unread(&server).await;
    assert!(server.metric(IN_FLIGHT) > 16 * 1024 * 1024);
    // Half of the budget is the most for one account; short answers still fit, and other accounts have their own.
    let message = Some("The server is busy with other answers. Try again.");
    send1(&server, &large()).await.is_failure(503, "ServiceUnavailable", message);
    let second = Ask { key: "second", ..large() };
    send2(&server, &second).await.is_failure(503, "ServiceUnavailable", message);
    assert_eq!(send1(&server, &Ask::to("Echo")).await.status, StatusCode::OK);
    let other = Ask { key: "other", ..large() };
    assert_eq!(send2(&server, &other).await.body.len() / MIB, 16);
    assert_eq!(server.metric(REFUSALS), 2);

    let mut piece = vec![0; MIB];
    while server.metric(IN_FLIGHT) > 0 {
        assert_ne!(first.read(&mut piece).await.unwrap(), 0);
    }
    assert_eq!(send1(&server, &large()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn answers_that_go_nowhere_close_the_connection() {
    let server = door(Limits { reply_window: SOON, ..Limits::default() }).await;
    let _silent = unread(&server).await;
    server.reaches(EXPIRED, 1).await;
    server.reaches(IN_FLIGHT, 0).await;
    // Over HTTP/2 the socket is free, but the client gives no leave to send more.
    let mut client = connect2(&server).await;
    let silent = client.send_request(large().http2(&server)).await.unwrap();
    server.reaches(EXPIRED, 2).await;
    server.reaches(IN_FLIGHT, 0).await;
    drop(silent);
    server.tasks.stop();
    server.tasks.drained().await;
}

#[tokio::test]
async fn without_room_for_an_answer_nothing_is_done() {
    let server = door(Limits { reply_budget_bytes: 8 * 1024, ..Limits::default() }).await;
    let mut client = connect2(&server).await;
    let held = client.send_request(Ask::to("Wait").http2(&server));
    let refused = async {
        server.service.arrival().await;
        let got = send1(&server, &Ask::to("Wait")).await;
        assert_eq!(got.status, StatusCode::SERVICE_UNAVAILABLE);
        server.service.leave.add_permits(1);
    };
    let (held, ()) = tokio::join!(held, refused);
    assert_eq!(held.unwrap().status(), StatusCode::OK);
    assert_eq!(server.service.entered.available_permits(), 0);
}
