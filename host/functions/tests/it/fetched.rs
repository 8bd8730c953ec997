//! Consumers that send requests: where they may go, what comes back, and secrets that they are not told.
//!
//! The time of these tests is the machine's: nobody can pause that of sockets.

use std::sync::Arc;

use parking_lot::Mutex;
use stdx::Tasks;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::mapped::{attach, host, to};
use crate::support::{ACCOUNT, Host, REGION};

/// A server on this machine, which keeps what it was asked.
struct Server {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
    _tasks: Tasks,
}

impl Server {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (asked, tasks) = (Arc::<Mutex<Vec<String>>>::default(), Tasks::new());
        let (noted, connections) = (Arc::clone(&asked), tasks.clone());
        tasks.spawn("server", async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let noted = Arc::clone(&noted);
                connections.spawn("connection", async move {
                    let (mut head, mut buffer) = (String::new(), [0; 1024]);
                    while !head.contains("\r\n\r\n") {
                        let read = stream.read(&mut buffer).await.unwrap_or(0);
                        if read == 0 {
                            return;
                        }
                        head.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
                    }
                    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                    noted.lock().push(head);
                    let (status, more, body) = match &*path {
                        "/large" => ("200 OK", "", "x".repeat(1001)),
                        "/moved" => ("302 Found", "location: /there\r\n", String::new()),
                        "/slow" => std::future::pending().await,
                        _ => ("200 OK", "", "hello".to_owned()),
                    };
                    let length = body.len();
                    let answer = format!(
                        "HTTP/1.1 {status}\r\n{more}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
                    );
                    let _ = stream.write_all(answer.as_bytes()).await;
                });
            }
        });
        Self { port, asked, _tasks: tasks }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// How policies name it.
    fn arn(&self) -> String {
        format!("arn:aws:shardmill:{REGION}:{ACCOUNT}:host/127.0.0.1:{}", self.port)
    }
}

const MAY: [(&str, &str); 3] =
    [("kinesis:GetRecords", "*"), ("shardmill:UseState", "*"), ("kinesis:PutRecords", "*")];

/// A host whose mapping asks what the records say, and how many were asked so far.
struct Trial {
    host: Host,
    told: u64,
}

impl Trial {
    async fn new(code: &str) -> Self {
        let host = host(code).await;
        attach(&host, to("out")).await;
        Self { host, told: 0 }
    }

    async fn may(&self, more: &[(&str, &str)]) {
        let all: Vec<_> = MAY.iter().chain(more).copied().collect();
        self.host.role_may(&all).await;
    }

    async fn told(&mut self, url: &str) -> String {
        self.told += 1;
        self.host.put("in", url).await;
        self.host.holds("out", self.told).await.pop().unwrap()
    }
}

#[tokio::test]
async fn a_role_grants_hosts_and_the_operator_networks() {
    let (server, mut trial) = (Server::new().await, Trial::new("(consumer fetch)").await);
    trial.may(&[("shardmill:Fetch", "arn:aws:shardmill:*:*:host/api.test:443")]).await;
    let told = trial.told(&server.url("/")).await;
    let refused =
        format!("is not authorized to perform: shardmill:Fetch on resource: {}", server.arn());
    assert!(told.starts_with("Denied(") && told.contains(&refused), "{told}");
    assert!(server.asked.lock().is_empty());
    trial.may(&[("shardmill:Fetch", &server.arn())]).await;
    assert_eq!(trial.told(&server.url("/")).await, "200 hello");
    // What a role allows is not open for that.
    trial.may(&[("shardmill:Fetch", "*")]).await;
    let told = trial.told("http://10.0.0.1/").await;
    assert!(told.starts_with("Denied(") && told.contains("configuration does not open"), "{told}");
}

#[tokio::test]
async fn what_goes_wrong_is_told_as_a_value() {
    let (server, mut trial) = (Server::new().await, Trial::new("(consumer fetch)").await);
    let asked = |path: &str| server.url(path);
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}/", listener.local_addr().unwrap())
    };
    for (url, told) in [
        (asked("/large"), "TooLarge("),
        (asked("/slow"), "TimedOut("),
        (nobody, "NotReached("),
        ("ftp://127.0.0.1/".to_owned(), "Invalid("),
        ("http://me@127.0.0.1/".to_owned(), "Invalid("),
        (asked("/moved"), "302 "),
    ] {
        let is = trial.told(&url).await;
        assert!(is.starts_with(told), "{url}: {is}");
    }
    let asked = server.asked.lock();
    assert!(!asked.iter().any(|head| head.contains("/there")), "redirects are answers: {asked:?}");
}

#[tokio::test]
async fn a_secret_goes_where_the_role_says_and_is_not_told() {
    let (server, mut trial) = (Server::new().await, Trial::new("(consumer fetch token)").await);
    let place = (ACCOUNT.parse().unwrap(), &REGION.parse().unwrap(), "token".parse().unwrap());
    let value = stdx::Secret::new("hush".to_owned());
    trial.host.directory.put_secret((place.0, place.1, &place.2), &value).await.unwrap();
    let secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:token";
    let (fetch, open) = (("shardmill:Fetch", "*"), ("shardmill:UseSecret", secret));
    let elsewhere = "arn:aws:shardmill:*:*:host/api.test:443/secret/token";
    trial.may(&[fetch, open, ("shardmill:SendSecret", elsewhere)]).await;
    let told = trial.told(&server.url("/")).await;
    let refused = format!("shardmill:SendSecret on resource: {}/secret/token", server.arn());
    assert!(told.starts_with("Denied(") && told.contains(&refused), "{told}");
    assert!(server.asked.lock().is_empty());

    let pair = format!("{}/secret/token", server.arn());
    for (action, resource) in
        [("shardmill:SendSecret", &*pair), ("secretsmanager:GetSecretValue", secret)]
    {
        trial.may(&[fetch, open, (action, resource)]).await;
        assert_eq!(trial.told(&server.url("/")).await, "200 hello");
        let head = server.asked.lock().pop().unwrap();
        assert!(head.contains("authorization: Bearer hush\r\n"), "{head}");
    }
    // A name leads to whom it leads: in clear text it goes to addresses of this machine only.
    trial.may(&[fetch, open, ("shardmill:SendSecret", "*")]).await;
    let told = trial.told(&format!("http://localhost:{}/", server.port)).await;
    assert!(told.starts_with("Denied(") && told.contains("use https"), "{told}");
    assert!(server.asked.lock().is_empty());
}
