//! Where nothing connects, whatever it is called: the listener sees no connection.

use std::sync::atomic::Ordering;

use egress::{Error, Kind};

use crate::support::{Names, Server, Way};

const HELLO: &str = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";

#[tokio::test]
async fn this_machine_is_closed_however_it_is_spelt() {
    let server = Server::answering(&[HELLO]).await;
    let port = server.address.port();
    let way = Way::into(&[]);
    for host in [
        "127.0.0.1",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "localhost",
        "LOCALHOST.",
        "rebound.example.com",
        "0.0.0.0",
        "[::]",
    ] {
        let error = way.get(&format!("http://{host}:{port}/")).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Denied, "{host}: {error}");
    }
    for host in ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "user@127.0.0.1", "a@127.0.0.1"] {
        // The request cannot even be made of some.
        let url = format!("http://{host}:{port}/");
        let error = way.get(&url).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Invalid, "{host}: {error}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn metadata_services_and_private_networks_are_closed() {
    let way = Way::into(&["127.0.0.0/8"]);
    for host in ["169.254.169.254", "[fd00:ec2::254]", "10.0.0.1", "192.168.1.1", "100.64.0.1"] {
        let error = way.get(&format!("http://{host}/")).await.unwrap_err();
        let Error::Closed { host: told, .. } = &error else { panic!("{host}: {error}") };
        assert_eq!(*told, host.trim_matches(['[', ']']));
    }
}

/// A name that says something else when it is asked again.
#[tokio::test]
async fn a_name_is_asked_once_and_what_was_checked_is_connected_to() {
    let server = Server::answering(&[HELLO]).await;
    let names = Names::saying(&[&["127.0.0.1"], &["169.254.169.254"]]);
    let way = Way::with(&["127.0.0.0/8"], names.clone(), |_| {});
    let url = format!("http://rebinding.test:{}/", server.address.port());
    way.get(&url).await.unwrap();
    assert_eq!((names.asked.load(Ordering::SeqCst), server.connections()), (1, 1));
    way.egress.close();
    let error = way.get(&url).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Denied, "a new connection is checked anew: {error}");
    assert_eq!((names.asked.load(Ordering::SeqCst), server.connections()), (2, 1));
}

#[tokio::test]
async fn of_several_addresses_only_open_ones_are_tried() {
    let server = Server::answering(&[HELLO]).await;
    let names = Names::saying(&[&["10.0.0.1", "169.254.169.254", "127.0.0.1"]]);
    let way = Way::with(&["127.0.0.0/8"], names, |_| {});
    let url = format!("http://several.test:{}/", server.address.port());
    assert_eq!(&way.get(&url).await.unwrap().body()[..], b"hello");
}

#[tokio::test]
async fn the_programs_own_door_is_closed_even_where_its_network_is_open() {
    let server = Server::answering(&[HELLO]).await;
    let own = server.address;
    let way = Way::with(&["127.0.0.0/8"], Names::saying(&[]), |options| {
        options.networks.own = vec![own];
    });
    let error = way.get(&server.url("/")).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Denied);
    assert!(error.to_string().contains("this machine itself"), "{error}");
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_name_that_leads_nowhere_says_so() {
    let way = Way::with(&[], Names::saying(&[]), |_| {});
    let error = way.get("http://nowhere.test/").await.unwrap_err();
    assert!(matches!(error, Error::Lookup { .. }), "{error}");
    assert_eq!(error.kind(), Kind::Failed);
}
