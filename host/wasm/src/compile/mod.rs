//! Compiling in a child process: what an upload makes the compiler do is done to a process that can be ended.
//!
//! Uploads are hostile to parsers and compilers alike, so the parent does not even look at them: the child
//! packs, checks and compiles. It is started for one upload, has limits on memory and time, and no files.

mod child;
mod protocol;

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::CODE_BYTES_MAX;
use crate::message::Rejection;
use crate::precompiled::Fresh;
use crate::waiting::Waiting;

pub use child::compile_worker;

/// Address space of the child.
const MEMORY_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;

/// Processor time of the child.
const CPU_SECONDS_MAX: u64 = 60;

/// From the child's start to its end, for an upload. Its processor time is what bounds the work; on a machine that has
/// much else to do, what stands back takes several times as long.
pub(crate) const WALL: Duration = Duration::from_secs(180);

/// The same for a component of the host's own, for which nobody waits who could do something about it: it is as much
/// work as an upload may be, on a machine that has other work.
pub(crate) const WALL_OF_OWN: Duration = Duration::from_secs(600);

/// Bytes of code that any component may become ...
const CODE_OF_ANY_BYTES: usize = 32 * 1024 * 1024;
/// ... besides so many for each of its own: CPython's 20 MB become 35 ...
const CODE_BYTES_FOR_EACH: usize = 4;
/// ... and no more than this.
const CODE_OF_ALL_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Bytes of the child's answer: the component, its code, and what they are told by.
const ANSWER_BYTES_MAX: u64 = (CODE_BYTES_MAX + CODE_OF_ALL_BYTES_MAX + 64) as u64;

/// Uploads that wait for a child.
const WAITING_MAX: usize = 64;

/// How long they wait.
const WAIT: Duration = Duration::from_secs(120);

/// Bytes of the code that `component` bytes may become.
fn code_bytes_max(component: usize) -> usize {
    CODE_OF_ANY_BYTES
        .saturating_add(component.saturating_mul(CODE_BYTES_FOR_EACH))
        .min(CODE_OF_ALL_BYTES_MAX)
}

/// How to start this program so that it calls [`compile_worker`].
#[derive(Clone, Debug)]
pub struct Worker {
    /// The program.
    pub program: PathBuf,
    /// What it is given.
    pub arguments: Vec<OsString>,
}

/// What the child made of an upload.
pub(crate) struct Output {
    /// The component: the upload, or what the packer made of it.
    pub(crate) component: Bytes,
    /// Its code.
    pub(crate) code: Fresh,
}

/// Starts children, a few at a time.
#[derive(Debug)]
pub(crate) struct Compiler {
    worker: Worker,
    slots: Semaphore,
    waiting: AtomicUsize,
    compiled: AtomicUsize,
}

impl Compiler {
    /// At most `slots` children at a time.
    pub(crate) fn new(worker: Worker, slots: usize) -> Self {
        Self {
            worker,
            slots: Semaphore::new(slots),
            waiting: AtomicUsize::new(0),
            compiled: AtomicUsize::new(0),
        }
    }

    /// How many children were started.
    pub(crate) fn compiled(&self) -> usize {
        self.compiled.load(Ordering::Relaxed)
    }

    /// Packs, checks and compiles `code`; the child has as long as `wall`.
    pub(crate) async fn compile(&self, code: &[u8], wall: Duration) -> Result<Output, Rejection> {
        let busy = || unavailable("too many components are being compiled; try again later");
        let waiting = Waiting::enter(&self.waiting, WAITING_MAX).ok_or_else(busy)?;
        let slot = timeout(WAIT, self.slots.acquire()).await;
        let Ok(Ok(_slot)) = slot else { return Err(busy()) };
        drop(waiting);
        self.compiled.fetch_add(1, Ordering::Relaxed);
        match timeout(wall, self.run(code)).await {
            Ok(answer) => answer,
            // The child goes with the future that had it.
            Err(_elapsed) => Err(too_long(wall.as_secs(), "")),
        }
    }

    async fn run(&self, code: &[u8]) -> Result<Output, Rejection> {
        let mut child = self
            .start()
            .map_err(|error| unavailable(&format!("the compiler cannot be started: {error}")))?;
        let answer = converse(&mut child, code).await;
        // Only what comes from a child that ended well is believed.
        let status = child.wait().await;
        let (Ok(answer), Ok(status)) = (answer, status) else {
            return Err(unavailable("the compiler's answer was lost; try again later"));
        };
        if !status.success() {
            return Err(ended(status));
        }
        let answer = protocol::decode(answer.into())
            .ok_or_else(|| unavailable("what should compile gives no answer"))?;
        let compiled = answer?;
        Ok(Output { component: compiled.component, code: Fresh::of_our_compiler(compiled.code) })
    }

    fn start(&self) -> std::io::Result<Child> {
        Command::new(&self.worker.program)
            .args(&self.worker.arguments)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
    }
}

async fn converse(child: &mut Child, code: &[u8]) -> std::io::Result<Vec<u8>> {
    let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(std::io::ErrorKind::BrokenPipe.into());
    };
    // It reads all before it writes. If it ended before, its status says more than this.
    let _ = input.write_all(code).await;
    drop(input);
    let mut answer = Vec::new();
    output.take(ANSWER_BYTES_MAX).read_to_end(&mut answer).await?;
    Ok(answer)
}

/// Why a child that ended badly did so.
fn ended(status: ExitStatus) -> Rejection {
    use rustix::process::Signal;
    let signal = status.signal();
    if signal == Some(Signal::XCPU.as_raw()) || signal == Some(Signal::KILL.as_raw()) {
        return too_long(CPU_SECONDS_MAX, " of a processor");
    }
    let gib = MEMORY_BYTES_MAX / (1024 * 1024 * 1024);
    Rejection::TooComplex(format!(
        "compiling the component takes more than {gib} GiB of memory, or more than the compiler can do; \
         make its functions smaller"
    ))
}

fn too_long(seconds: u64, of: &str) -> Rejection {
    Rejection::TooComplex(format!(
        "compiling the component takes longer than {seconds} s{of}; make its functions smaller"
    ))
}

fn unavailable(text: &str) -> Rejection {
    Rejection::Unavailable(text.to_owned())
}
