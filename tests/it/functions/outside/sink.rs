//! An endpoint that takes what it is sent, or keeps back that it has.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::{WITHIN, records};

/// More than a test sends; who sends more waits.
const REQUESTS_MAX: usize = 64;

/// The endpoint.
pub(super) struct Sink {
    address: SocketAddr,
    keeps_back: Arc<AtomicBool>,
    came: Receiver<Told>,
}

/// A request.
#[derive(Debug)]
pub(super) struct Told {
    head: Vec<String>,
    pub(super) document: Value,
}

impl Sink {
    pub(super) fn open(keeps_back: bool) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("a port is free")?;
        let address = listener.local_addr()?;
        let keeps_back = Arc::new(AtomicBool::new(keeps_back));
        let (tell, came) = sync_channel(REQUESTS_MAX);
        let shared = Arc::clone(&keeps_back);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (tell, keeps_back) = (tell.clone(), Arc::clone(&shared));
                // Who asked may be gone.
                thread::spawn(move || converse(&stream, &keeps_back, &tell).ok());
            }
        });
        Ok(Self { address, keeps_back, came })
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/failed?token=hush", self.address)
    }

    /// It answers from now on, and what it kept back is forgotten.
    pub(super) fn answer(&self) {
        self.keeps_back.store(false, Ordering::SeqCst);
        while self.came.try_recv().is_ok() {}
    }

    /// The next request.
    pub(super) fn told(&self) -> Result<Told> {
        self.came.recv_timeout(WITHIN).context("nothing is sent to the endpoint")
    }

    /// Whether nothing came that was not asked for.
    pub(super) fn is_empty(&self) -> bool {
        self.came.try_recv().is_err()
    }
}

impl Told {
    pub(super) fn header(&self, name: &str) -> Result<&str> {
        let mut found =
            self.head.iter().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        found.next().with_context(|| format!("{name} is not in {:?}", self.head))
    }

    pub(super) fn line(&self) -> &str {
        &self.head[0]
    }

    pub(super) fn records(&self) -> Result<Vec<String>> {
        records(&self.document)
    }
}

fn converse(stream: &TcpStream, keeps_back: &AtomicBool, tell: &SyncSender<Told>) -> Result<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let lines = reader.by_ref().lines().map_while(Result::ok);
        let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
        if head.is_empty() {
            return Ok(());
        }
        let length = head.iter().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.context("a length")?.parse()?];
        reader.read_exact(&mut body)?;
        let is_kept_back = keeps_back.load(Ordering::SeqCst);
        tell.send(Told { head, document: serde_json::from_slice(&body)? })?;
        if !is_kept_back {
            (&*stream).write_all(b"HTTP/1.1 204 No Content\r\n\r\n")?;
        }
    }
}
