//! Servers that say what a test wants, and a way out that may reach them.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use domain::AccountId;
use egress::{Bounds, Egress, Error, Hosts, Limits, Networks, Options, Resolve, Roots, Target};
use http::{Request, Response};
use metering::Metrics;
use parking_lot::Mutex;
use stdx::Tasks;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Names as a test wants them; counts how often it was asked.
#[derive(Default)]
pub(crate) struct Names {
    /// What each lookup says, the last one again and again.
    answers: Mutex<Vec<Vec<IpAddr>>>,
    pub(crate) asked: AtomicUsize,
}

impl Names {
    pub(crate) fn saying(answers: &[&[&str]]) -> Arc<Self> {
        let read = |answer: &&[&str]| answer.iter().map(|text| text.parse().unwrap()).collect();
        let answers = answers.iter().map(read).collect();
        Arc::new(Self { answers: Mutex::new(answers), asked: AtomicUsize::new(0) })
    }
}

impl Resolve for Names {
    fn lookup(&self, _name: &str) -> io::Result<Vec<IpAddr>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock();
        match answers.len() {
            0 => Err(io::Error::new(io::ErrorKind::NotFound, "no such name")),
            1 => Ok(answers[0].clone()),
            _ => Ok(answers.remove(0)),
        }
    }
}

pub(crate) struct Way {
    pub(crate) egress: Egress,
    pub(crate) metrics: Metrics,
}

impl Way {
    /// May reach these networks besides the open internet.
    pub(crate) fn into(networks: &[&str]) -> Self {
        Self::with(networks, Names::saying(&[&["127.0.0.1"]]), |_| {})
    }

    pub(crate) fn with(
        networks: &[&str],
        names: Arc<dyn Resolve>,
        change: impl FnOnce(&mut Options),
    ) -> Self {
        let metrics = Metrics::new();
        let allowed = networks.iter().map(|text| text.parse().unwrap()).collect();
        let mut options = Options {
            networks: Networks { allowed, own: Vec::new() },
            limits: Limits::default(),
            roots: Roots::none(),
            resolver: names,
            tasks: Tasks::new(),
            metrics: metrics.clone(),
        };
        change(&mut options);
        Self { egress: Egress::new(options), metrics }
    }

    pub(crate) async fn get(&self, url: &str) -> Result<Response<Bytes>, Error> {
        self.get_within(url, Bounds::default()).await
    }

    pub(crate) async fn get_within(
        &self,
        url: &str,
        bounds: Bounds,
    ) -> Result<Response<Bytes>, Error> {
        let request = Request::get(url).body(Bytes::new()).unwrap();
        let hosts = Target::parse(url).map(|(target, _)| Hosts::only(&target));
        self.egress.fetch(tenant(), &hosts.unwrap_or_default(), request, bounds).await
    }
}

pub(crate) fn tenant() -> AccountId {
    "111122223333".parse().unwrap()
}

/// A server that answers each request with the next of its answers, then the last one again and again, and keeps
/// connections open.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) seen: Arc<Seen>,
    tasks: Tasks,
}

#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) connections: AtomicUsize,
    /// Requests as they came, head and body.
    pub(crate) requests: Mutex<Vec<String>>,
}

impl Server {
    pub(crate) async fn answering(answers: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, tasks) = (Arc::<Seen>::default(), Tasks::new());
        let answers: Arc<[String]> = answers.iter().map(|&text| text.to_owned()).collect();
        let (of_server, inner) = (Arc::clone(&seen), tasks.clone());
        tasks.spawn("server", async move {
            while let Ok((stream, _)) = listener.accept().await {
                of_server.connections.fetch_add(1, Ordering::SeqCst);
                let (answers, seen) = (Arc::clone(&answers), Arc::clone(&of_server));
                inner.spawn("served", async move { converse(stream, &answers, &seen).await });
            }
        });
        Self { address, seen, tasks }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The pattern that names it.
    pub(crate) fn hosts(&self) -> Hosts {
        Hosts::parse([&*self.address.to_string()]).unwrap()
    }

    pub(crate) async fn fetch(
        &self,
        way: &Way,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, Error> {
        way.egress.fetch(tenant(), &self.hosts(), request, Bounds::default()).await
    }

    pub(crate) fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.tasks.stop();
    }
}

async fn converse(mut stream: TcpStream, answers: &[String], seen: &Seen) {
    loop {
        let Some(request) = read(&mut stream).await else { return };
        let at = {
            let mut requests = seen.requests.lock();
            requests.push(request);
            requests.len() - 1
        };
        let Some(answer) = answers.get(at).or_else(|| answers.last()) else { return };
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// One request with a body of the length that its head tells.
async fn read(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |it| it.parse().unwrap()) {
                return Some(text);
            }
        }
        let mut part = [0; 4096];
        match stream.read(&mut part).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&part[..count]),
        }
    }
}
