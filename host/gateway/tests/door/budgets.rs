//! What clients hold of the memory for bodies, and that nobody takes it from the others.

use std::time::Duration;

use gateway::Limits;
use http::StatusCode;
use identity::{Key, Root};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::client::{Ask, connect2, raw, send1, send2};
use crate::server::Server;

const MIB: usize = 1024 * 1024;
const NEVER: Duration = Duration::from_secs(3600);

/// A door that refuses at once what it has no room for, and knows two keys of one account and one of another.
async fn door(limits: Limits) -> Server {
    Server::with(|door| {
        door.keys.insert("second", Root::dev().key());
        let account = "111122223333".parse().unwrap();
        let principal = "arn:aws:iam::111122223333:root".into();
        door.keys.insert("other", Key { account, principal, ..Root::dev().key() });
        door.limits = Limits { body_budget_wait: Duration::ZERO, body_window: NEVER, ..limits };
    })
    .await
}

fn other(ask: Ask) -> Ask {
    Ask { key: "other", ..ask }
}

#[tokio::test]
async fn what_is_announced_but_does_not_come_takes_little() {
    let server = door(Limits { body_budget_bytes: 8 * MIB, ..Limits::default() }).await;
    let mut silent = Vec::new();
    for _ in 0..20 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(&Ask::to("Echo").head(&server, 4 * MIB)).await.unwrap();
        silent.push(stream);
    }
    server.reaches("shardmill_body_in_flight_bytes", 20 * 4 * 1024).await;
    let got = send1(&server, &Ask::to("Echo").with_text(2 * MIB)).await;
    assert_eq!(got.status, StatusCode::OK);
    // What comes is counted, and no more than twice of it.
    silent[0].write_all(&vec![b'x'; 100 * 1024]).await.unwrap();
    let held = |kib: u64| server.metric("shardmill_body_in_flight_bytes") > (19 * 4 + kib) * 1024;
    while !held(99) {
        tokio::task::yield_now().await;
    }
    assert!(!held(200));
    drop(silent);
    server.reaches("shardmill_body_in_flight_bytes", 0).await;
}

#[tokio::test]
async fn one_account_holds_a_quarter_at_most_whatever_key_it_uses() {
    let server = door(Limits { body_budget_bytes: 16 * MIB, ..Limits::default() }).await;
    let client = connect2(&server).await;
    let ask = Ask::to("Wait").with_text(MIB - 100);
    let held = (0..4).map(|_| client.clone().send_request(ask.http2(&server)));
    let held = futures_util::future::join_all(held);
    let others = async {
        for _ in 0..4 {
            server.service.arrival().await;
        }
        for key in [Ask::to("Echo").key, "second"] {
            let refused = send1(&server, &Ask { key, ..Ask::to("Echo") }).await;
            assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(refused.json()["__type"], "ServiceUnavailable");
        }
        let large = other(Ask::to("Echo").with_text(3 * MIB));
        assert_eq!(send2(&server, &large).await.status, StatusCode::OK);
        server.service.leave.add_permits(4);
    };
    let (held, ()) = tokio::join!(held, others);
    assert!(held.iter().all(|answer| answer.as_ref().unwrap().status() == StatusCode::OK));
    assert_eq!(send1(&server, &Ask::to("Echo")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_body_must_be_there_in_time_at_any_pace() {
    let server = door(Limits {
        body_time: Duration::from_millis(50),
        body_bytes_per_second_due: u64::MAX,
        ..Limits::default()
    })
    .await;
    let mut bytes = Ask::to("Echo").head(&server, 100_000);
    bytes.resize(bytes.len() + 99_999, b'x');
    let answer = raw(&server, &bytes).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert_eq!(server.metric("shardmill_body_in_flight_bytes"), 0);
}
