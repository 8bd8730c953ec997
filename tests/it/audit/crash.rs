//! No acknowledged management call without its event, whenever the server is killed.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use e2e::client::Client;
use e2e::{Launch, Program, Random, seed};
use serde_json::{Value, json};

const ROUNDS: u64 = 6;
const CLIENTS: usize = 4;

/// Makes and deletes a stream again and again, until the server is gone; notes what was acknowledged.
fn go_on(mut client: Client, name: &str, acknowledged: &Acknowledged, told: &SyncSender<()>) {
    for at in 0.. {
        let operation = if at % 2 == 0 { "CreateStream" } else { "DeleteStream" };
        let mut input = json!({ "StreamName": name });
        if operation == "CreateStream" {
            input["ShardCount"] = 1.into();
        }
        match client.call(operation, &input) {
            Ok(_) => {
                acknowledged.lock().unwrap().push((operation.to_owned(), name.to_owned()));
                // Nobody counts any more when the server is about to be killed.
                let _ = told.try_send(());
            }
            Err(e2e::client::CallError::Refused(refused)) => panic!("{operation}: {refused:?}"),
            Err(_) => return,
        }
    }
}

type Acknowledged = Mutex<Vec<(String, String)>>;

fn of(event: &Value) -> (String, String) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&event["eventName"]), text(&event["requestParameters"]["streamName"]))
}

#[test]
fn what_was_acknowledged_has_its_event_after_kill_9() {
    let mut random = Random::new(seed("audit"));
    let temp = tempfile::tempdir().unwrap();
    let mut launch = Launch::dev(temp.path().join("data")).arg("--no-limits");
    let acknowledged = Mutex::new(Vec::new());
    for round in 0..ROUNDS {
        let server = launch.start().unwrap();
        let calls = random.within(5..30);
        let moment = Duration::from_micros(random.within(0..8_000));
        let (told, count) = sync_channel(64);
        launch = thread::scope(|scope| {
            for client in 0..CLIENTS {
                let (name, acknowledged) = (format!("r{round}c{client}"), &acknowledged);
                let (client, told) = (server.client(), told.clone());
                scope.spawn(move || go_on(client, &name, acknowledged, &told));
            }
            for _ in 0..calls {
                count.recv_timeout(Duration::from_secs(60)).expect("calls are answered");
            }
            // The instant of the kill is part of the fault.
            thread::park_timeout(moment);
            server.kill().unwrap()
        });
    }
    let server = launch.start().unwrap();
    let events = super::everything(&server);
    let ids: BTreeSet<&str> = events.iter().filter_map(|it| it["eventID"].as_str()).collect();
    assert_eq!(ids.len(), events.len(), "an event stands there twice");
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(acknowledged.len() > 30, "only {} calls were acknowledged", acknowledged.len());
    let mut left: Vec<(String, String)> =
        events.iter().filter(|event| event["errorCode"].is_null()).map(of).collect();
    for call in &acknowledged {
        let at = left.iter().position(|event| event == call);
        let at = at.unwrap_or_else(|| panic!("{call:?} was acknowledged and has no event"));
        left.swap_remove(at);
    }
    let data = server.data().to_owned();
    server.stop().unwrap();
    let verified = Program::new(["audit", "verify", "--data"]).arg(data).run().unwrap();
    verified.success("shardmill audit verify").unwrap();
}
