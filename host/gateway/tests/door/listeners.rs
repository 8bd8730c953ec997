//! Further addresses with names: one door, one set of limits.

use gateway::Limits;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use stdx::Tasks;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::client::{Ask, send1};
use crate::server::Server;
use crate::tls::{Made, Witness, over_http1, shake, trusting};

#[tokio::test]
async fn requests_know_the_name_of_their_listener() {
    let made = Made::new();
    let mut witness = None;
    let server = Server::listening(&["vpce-orders", "vpce-clicks"], |door| {
        made.on(door, false);
        witness = Some(Witness::at(door));
    })
    .await;
    let witness = witness.unwrap();
    let ask = Ask::to("Echo");
    assert_eq!(send1(&server, &ask).await.status, 200);
    assert_eq!(witness.last().listener, None);

    let stream = TcpStream::connect(server.named[0]).await.unwrap();
    let (mut client, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    Tasks::new().spawn("client", async { drop(connection.await) });
    assert_eq!(client.send_request(ask.http1(&server)).await.unwrap().status(), 200);
    assert_eq!(witness.last().listener.as_deref(), Some("vpce-orders"));

    let stream = shake(server.named[1], trusting(&made, &[])).await.unwrap();
    let got = over_http1(stream).await.send_request(ask.http1(&server)).await.unwrap();
    assert_eq!(got.status(), 200);
    let origin = witness.last();
    assert_eq!(origin.listener.as_deref(), Some("vpce-clicks"));
    assert!(origin.tls.is_some());
}

#[tokio::test]
async fn they_share_the_limits_and_the_end() {
    let server = Server::listening(&["vpce-one"], |door| {
        door.limits = Limits { connections_max: 2, ..Limits::default() };
    })
    .await;
    let first = TcpStream::connect(server.address).await.unwrap();
    let second = TcpStream::connect(server.named[0]).await.unwrap();
    while server.metric("shardmill_connections_open") < 2 {
        tokio::task::yield_now().await;
    }
    let mut third = TcpStream::connect(server.named[0]).await.unwrap();
    let mut answer = Vec::new();
    let _ = third.read_to_end(&mut answer).await;
    assert!(answer.is_empty());
    assert_eq!(server.metric("shardmill_connections_refused_total{reason=\"total\"}"), 1);
    server.tasks.stop();
    server.tasks.drained().await;
    drop((first, second));
    for address in [server.address, server.named[0]] {
        assert!(TcpStream::connect(address).await.is_err(), "{address}");
    }
}
