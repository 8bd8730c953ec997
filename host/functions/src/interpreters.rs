//! The interpreters that run functions which are source code: components that whoever runs the server has put into a
//! folder, one file for each language. A server without them works; functions in those languages are refused then, and
//! what is missing is told.
//!
//! A file is looked for when its language is needed first, so that one which is added is found without a restart. One that
//! is replaced is taken at the next start.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use stdx::DataDir;
use storage::Digest;
use tokio::sync::{OnceCell, oneshot};
use wasm::{ComponentId, Rejection};

use crate::catalog::FunctionIndex;
use crate::error::Invalid;
use crate::language::Language;
use crate::{Error, Functions, Result};

/// Bytes of an interpreter. CPython with its library has some 20 million.
const BYTES_MAX: u64 = wasm::CODE_BYTES_MAX as u64;

/// Where interpreters lie, and which ones were found.
#[derive(Debug, Default)]
pub struct Interpreters {
    dir: Option<DataDir>,
    found: Mutex<HashMap<Language, ComponentId>>,
    compiled: [OnceCell<ComponentId>; Language::ALL.len()],
    loaded: [OnceCell<ComponentId>; Language::ALL.len()],
}

impl Interpreters {
    /// Those in the folder `dir`, which may be empty.
    pub fn of(dir: DataDir) -> Self {
        Self { dir: Some(dir), ..Self::default() }
    }

    /// The one that has this name; none if it is no interpreter that was found here.
    pub(crate) fn fetch(&self, id: ComponentId) -> Option<Result<Bytes, String>> {
        let found = self.found.lock();
        let language = found.iter().find(|(_, found)| **found == id).map(|(language, _)| *language);
        drop(found);
        let missing = || "the interpreter is no longer there".to_owned();
        Some(self.read(language?).and_then(|bytes| bytes.ok_or_else(missing)))
    }

    /// Looks for the file of a language. Reads all of it.
    fn find(&self, language: Language) -> Result<Option<ComponentId>, String> {
        let Some(bytes) = self.read(language)? else { return Ok(None) };
        let id = ComponentId(Digest::of(&bytes).0);
        self.found.lock().insert(language, id);
        Ok(Some(id))
    }

    fn read(&self, language: Language) -> Result<Option<Bytes>, String> {
        let Some(dir) = &self.dir else { return Ok(None) };
        let name = language.file();
        if dir.size(name) > BYTES_MAX {
            return Err(format!("{name} has more than {BYTES_MAX} bytes"));
        }
        let read = dir.read(name).map_err(|error| format!("{name} cannot be read: {error}"))?;
        Ok(read.map(Bytes::from))
    }
}

impl Functions {
    /// The interpreter of a language, compiled and loaded.
    ///
    /// # Errors
    /// [`Invalid::NoInterpreter`] if it is not there, `NotRun` if it cannot be used.
    pub(crate) async fn interpreter(&self, language: Language) -> Result<ComponentId> {
        let loaded = &self.around.interpreters.loaded[language as usize];
        let loaded = loaded.get_or_try_init(|| async {
            let id = self.compiled_interpreter(language).await?;
            self.ready_interpreter(language, id, true).await
        });
        loaded.await.copied()
    }

    /// The interpreter of a language, compiled. Those who ask at the same time wait for the first one.
    async fn compiled_interpreter(&self, language: Language) -> Result<ComponentId> {
        let compiled = &self.around.interpreters.compiled[language as usize];
        let compiled = compiled.get_or_try_init(|| async {
            let found = self.find_interpreter(language).await?;
            let id = found.ok_or(Error::Invalid(Invalid::NoInterpreter(language)))?;
            self.ready_interpreter(language, id, false).await
        });
        compiled.await.copied()
    }

    async fn ready_interpreter(
        &self,
        language: Language,
        id: ComponentId,
        is_loaded: bool,
    ) -> Result<ComponentId> {
        let ready = self.around.sandbox.ready(id, is_loaded).await;
        ready.map(|()| id).map_err(|rejection| match rejection {
            Rejection::Unfit(text) | Rejection::TooComplex(text) | Rejection::Unavailable(text) => {
                Error::NotRun(format!("the interpreter of {}: {text}", language.as_str()))
            }
        })
    }

    /// Loads the interpreters that functions need, since that takes longer than a call should, and compiles the others
    /// that there are: one may take some ten seconds, which nobody should wait for who deploys the first function.
    pub(crate) async fn prepare_interpreters(&self) {
        let functions = self.functions.look(FunctionIndex::all);
        for language in Language::ALL {
            let is_used = functions.iter().any(|it| it.facts.code.language == Some(language));
            let ready = match is_used {
                true => self.interpreter(language).await,
                false => self.compiled_interpreter(language).await,
            };
            match ready {
                Ok(_) | Err(Error::Invalid(Invalid::NoInterpreter(_))) => {}
                Err(error) => {
                    let language = language.as_str();
                    tracing::warn!(language, error = %stdx::Chain(&error), "an interpreter cannot be used");
                }
            }
        }
    }

    /// Reading and hashing some megabytes is done on a thread of its own.
    async fn find_interpreter(&self, language: Language) -> Result<Option<ComponentId>> {
        let (answer, answered) = oneshot::channel();
        let interpreters = Arc::clone(&self.around.interpreters);
        let work = move || {
            // Whoever asked may have gone.
            let _ = answer.send(interpreters.find(language));
        };
        self.around.tasks.thread("interpreter", work).map_err(Error::NoRoom)?;
        let lost = |_gone| Error::NotRun("the interpreter could not be looked for".to_owned());
        answered.await.map_err(lost)?.map_err(Error::NotRun)
    }
}
