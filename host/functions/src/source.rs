//! Functions that are source code: their files on the way from the store to an instance of the interpreter, and the
//! variables that AWS sets for them.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use domain::limits;
use parking_lot::Mutex;
use storage::Digest;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use wasm::message::Source;
use wire::shape::Moment;

use crate::function::Function;
use crate::package;
use crate::{Error, Functions, Result};

/// Bytes of unpacked packages that are kept: only what begins to run needs them.
const KEPT_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Packages that are unpacked at one moment. Each takes a thread and up to [`limits::SOURCE_BYTES_MAX`] besides its own
/// bytes, and any number of calls may ask for any number of them.
const UNPACKED_AT_ONCE: usize = 2;

/// The packages that were used last, unpacked.
#[derive(Debug)]
pub(crate) struct Sources {
    kept: Mutex<Kept>,
    room: Arc<Semaphore>,
}

impl Default for Sources {
    fn default() -> Self {
        Self { kept: Mutex::default(), room: Arc::new(Semaphore::new(UNPACKED_AT_ONCE)) }
    }
}

#[derive(Debug, Default)]
struct Kept {
    sources: HashMap<(Digest, String), (Arc<Source>, u64)>,
    bytes: u64,
    uses: u64,
}

impl Kept {
    fn get(&mut self, key: &(Digest, String)) -> Option<Arc<Source>> {
        self.uses += 1;
        let (source, used) = self.sources.get_mut(key)?;
        *used = self.uses;
        Some(Arc::clone(source))
    }

    fn put(&mut self, key: (Digest, String), source: &Arc<Source>) {
        self.bytes += weight(source);
        if let Some((old, _)) = self.sources.insert(key, (Arc::clone(source), self.uses)) {
            self.bytes -= weight(&old);
        }
        while self.bytes > KEPT_BYTES_MAX {
            let oldest = self.sources.iter().min_by_key(|(_, (_, used))| *used);
            let Some(key) = oldest.map(|(key, _)| key.clone()) else { return };
            let gone = self.sources.remove(&key);
            self.bytes -= gone.map_or(0, |(source, _)| weight(&source));
        }
    }
}

fn weight(source: &Source) -> u64 {
    source.files.iter().map(|(name, content)| (name.len() + content.len() + 64) as u64).sum()
}

impl Functions {
    /// What an interpreter is given to run `function`.
    ///
    /// # Errors
    /// `NotRun` if the package cannot be had.
    pub(crate) async fn source(&self, function: &Function) -> Result<Arc<Source>> {
        let facts = &function.facts;
        let handler = facts.config.handler.clone().unwrap_or_default();
        let key = (facts.code.component, handler);
        if let Some(source) = self.sources.kept.lock().get(&key) {
            return Ok(source);
        }
        let room =
            Arc::clone(&self.sources.room).acquire_owned().await.map_err(|_closed| lost())?;
        // Somebody who wanted the same may have had the room before.
        if let Some(source) = self.sources.kept.lock().get(&key) {
            return Ok(source);
        }
        let stored = self.around.store.get_blob(key.0).await;
        let package = stored.map_err(|error| {
            Error::NotRun(format!("its package cannot be read: {}", stdx::Chain(&error)))
        })?;
        let (files, _room) = self.unpack(package, room).await?;
        let source = Arc::new(Source { files, handler: key.1.clone() });
        self.sources.kept.lock().put(key, &source);
        Ok(source)
    }

    /// Unpacking takes a while and is done on a thread of its own, which has the room until it is over, whether anybody
    /// still waits or not.
    async fn unpack(
        &self,
        package: Bytes,
        room: OwnedSemaphorePermit,
    ) -> Result<(Vec<(String, Bytes)>, OwnedSemaphorePermit)> {
        let (answer, answered) = oneshot::channel();
        let work = move || drop(answer.send((package::files(&package), room)));
        self.around.tasks.thread("source", work).map_err(Error::NoRoom)?;
        let (files, room) = answered.await.map_err(|_gone| lost())?;
        let files =
            files.map_err(|refused| Error::NotRun(format!("its package is damaged: {refused}")))?;
        Ok((files, room))
    }
}

fn lost() -> Error {
    Error::NotRun("its package could not be unpacked".to_owned())
}

/// The variables of a function that is source code: its own, and those that AWS sets. There are no keys among them.
pub(crate) fn environment(function: &Function) -> Arc<[(String, String)]> {
    let facts = &function.facts;
    let runtime = facts.config.runtime.as_deref().unwrap_or_default();
    let mut all: Vec<(String, String)> = facts.config.environment.to_vec();
    let mut set = |name: &str, value: String| {
        // What AWS lets functions set themselves is as they say.
        if !all.iter().any(|(known, _)| known == name) {
            all.push((name.to_owned(), value));
        }
    };
    let region = facts.region.as_str();
    set("AWS_DEFAULT_REGION", region.to_owned());
    set("AWS_EXECUTION_ENV", format!("AWS_Lambda_{runtime}"));
    set("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", facts.config.memory_mib.to_string());
    set("AWS_LAMBDA_FUNCTION_NAME", facts.name.to_string());
    set("AWS_LAMBDA_FUNCTION_VERSION", function.qualifier().to_string());
    set("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned());
    set("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", facts.name));
    set("AWS_LAMBDA_LOG_STREAM_NAME", log_stream(function));
    set("AWS_REGION", region.to_owned());
    set("LAMBDA_TASK_ROOT", "/var/task".to_owned());
    set("LANG", "en_US.UTF-8".to_owned());
    set("TZ", ":UTC".to_owned());
    set("_HANDLER", facts.config.handler.clone().unwrap_or_default());
    all.sort_unstable();
    all.into()
}

/// The name that AWS would give to a stream of log lines. Here a function has one log; the name changes when the function
/// does.
fn log_stream(function: &Function) -> String {
    let facts = &function.facts;
    let digest = Digest::of(&facts.edition.to_le_bytes()).to_string();
    let day = Moment::from(facts.modified).timestamp().strftime("%Y/%m/%d");
    format!("{day}/[{}]{}", function.qualifier(), &digest[..32])
}

// What fits into a package fits into what is kept.
const _: () = assert!(limits::SOURCE_BYTES_MAX <= KEPT_BYTES_MAX);
