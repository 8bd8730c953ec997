//! What is between a server and one of buckets: it may keep the answers of the latter to itself.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use anyhow::{Context as _, Result};

use super::WITHIN;

/// More answers than a test has.
const ANSWERS_MAX: usize = 64;

/// The gate.
pub(super) struct Gate {
    address: SocketAddr,
    keeps_back: Arc<AtomicBool>,
    kept: Receiver<()>,
}

impl Gate {
    /// A gate to whom listens there, which keeps answers back.
    pub(super) fn to(url: &str) -> Result<Self> {
        let behind: SocketAddr = url.strip_prefix("http://").context("a URL")?.parse()?;
        let listener = TcpListener::bind("127.0.0.1:0").context("a port is free")?;
        let address = listener.local_addr()?;
        let keeps_back = Arc::new(AtomicBool::new(true));
        let (tell, kept) = sync_channel(ANSWERS_MAX);
        let shared = Arc::clone(&keeps_back);
        thread::spawn(move || {
            for front in listener.incoming().flatten() {
                let (tell, keeps_back) = (tell.clone(), Arc::clone(&shared));
                // Either end may be gone.
                thread::spawn(move || pass(&front, behind, &keeps_back, &tell).ok());
            }
        });
        Ok(Self { address, keeps_back, kept })
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// It lets answers pass from now on.
    pub(super) fn open(&self) {
        self.keeps_back.store(false, Ordering::SeqCst);
    }

    /// Waits for an answer that is kept back: what it answers is done.
    pub(super) fn kept(&self) -> Result<()> {
        self.kept.recv_timeout(WITHIN).context("no bucket is written")
    }
}

fn pass(
    front: &TcpStream,
    behind: SocketAddr,
    keeps_back: &AtomicBool,
    tell: &SyncSender<()>,
) -> Result<()> {
    let behind = TcpStream::connect(behind)?;
    let (mut asks, mut to) = (front.try_clone()?, behind.try_clone()?);
    thread::spawn(move || {
        // It ends with whoever asks.
        let _ = io::copy(&mut asks, &mut to);
        let _ = to.shutdown(Shutdown::Both);
    });
    let mut bytes = [0; 4096];
    loop {
        let count = (&behind).read(&mut bytes)?;
        if count == 0 {
            return Ok(front.shutdown(Shutdown::Both)?);
        }
        if keeps_back.load(Ordering::SeqCst) {
            tell.send(())?;
        } else {
            (&*front).write_all(&bytes[..count])?;
        }
    }
}
