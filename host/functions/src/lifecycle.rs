//! Making, changing and deleting functions. Each is one commit, so no function is ever half made; its
//! component is stored before, and noted before that, so that a component which no function came to name is
//! found and deleted.

use std::sync::Arc;

use bytes::Bytes;
use domain::{AccountId, FunctionId, FunctionName, MappingId, Region, limits};
use stdx::Tasks;
use storage::{Digest, Kind, LogId};
use tokio::sync::{OwnedRwLockReadGuard, oneshot};
use wasm::{Admitted, ComponentId, Rejection, Sandbox, World};

use crate::catalog::{FunctionChange, FunctionIndex};
use crate::error::{Invalid, Missing, Revised, Taken};
use crate::function::{Code, Config, Function, FunctionFacts};
use crate::language::Language;
use crate::package::{self, Package};
use crate::{Error, Functions, Result};

/// What a function is to be.
#[derive(Clone, Debug)]
pub struct NewFunction {
    /// Who will own it.
    pub account: AccountId,
    /// Where it will live.
    pub region: Region,
    /// Its name.
    pub name: FunctionName,
    /// How it is run.
    pub config: Config,
    /// Its tags, by key.
    pub tags: Vec<(String, String)>,
    /// Whether it is published at once.
    pub is_published: bool,
}

/// Code that is stored, and stays so as long as this is held.
pub(crate) struct Upload {
    pub(crate) code: Code,
    _guard: OwnedRwLockReadGuard<()>,
}

/// A change of a function, as its caller wants it.
pub(crate) struct Amend<'a> {
    pub(crate) name: &'a FunctionName,
    /// What the caller believes it to be, if it asks for that.
    pub(crate) revision: Option<&'a str>,
}

impl Functions {
    /// Makes a function; it can be called as soon as this returns. What is returned is its first version, if it was to be
    /// published.
    ///
    /// # Errors
    /// If the name is taken, the account would have too much, the package is none, or the store does not
    /// take it.
    pub async fn create(&self, new: NewFunction, package: Bytes) -> Result<Arc<Function>> {
        self.functions.look(|index| self.admit(index, &new, package.len() as u64))?;
        let language = new.config.language();
        let account = new.account;
        let upload = self.take_in(account, package, language, "CreateFunction").await?;
        let store = &self.around.store;
        let ids = store.new_ids(3).await?;
        let now = self.around.clock.now();
        let draft = self.draft(None).await?;
        let NewFunction { region, name, config, tags, is_published, .. } = new.clone();
        let facts = FunctionFacts {
            id: FunctionId(ids),
            account,
            region,
            name,
            created: now,
            log: LogId(ids + 1),
            edition: ids + 2,
            revision: self.uuid(),
            modified: now,
            config,
            code: upload.code,
            tags,
            reserved: None,
        };
        let changed = self.functions.change(|index| {
            self.admit(index, &new, upload.code.bytes)?;
            let added = FunctionChange::Add(facts.clone());
            match is_published {
                true => self.publication(index, added, &facts, draft).map(|(change, _)| change),
                false => Ok(added),
            }
        });
        match changed.await {
            // Only another process at the same store can have been faster.
            Err(Error::Store(error)) if error.kind() == Kind::Conflict => {
                Err(Error::Taken(Taken::Function(new.name.to_string())))
            }
            Err(error) => Err(error),
            Ok(()) if is_published => self.version((new.account, &new.region), &new.name, 1),
            Ok(()) => self.function(new.account, &new.region, &new.name),
        }
    }

    /// Changes a function as `change` says; from the next call on it runs so.
    pub(crate) async fn amend(
        &self,
        (account, region): (AccountId, &Region),
        what: Amend<'_>,
        change: impl FnOnce(&mut FunctionFacts) -> Result<()>,
    ) -> Result<Arc<Function>> {
        let edition = self.around.store.new_ids(1).await?;
        let (revision, now) = (self.uuid(), self.around.clock.now());
        let Amend { name, revision: believed } = what;
        let changed = self.functions.change(|index| {
            let old = existing(index, (account, region), name)?;
            check_revision(&old, believed)?;
            let mut facts = old.facts.clone();
            change(&mut facts)?;
            facts.edition = edition;
            facts.revision = revision;
            facts.modified = now;
            Ok(FunctionChange::Replace(facts, old.version))
        });
        changed.await?;
        self.function(account, region, name)
    }

    /// Changes what is known of a function but not how it is run: it keeps its revision and its instances.
    pub(crate) async fn note(
        &self,
        (account, region): (AccountId, &Region),
        name: &FunctionName,
        change: impl FnOnce(&FunctionIndex, &mut FunctionFacts) -> Result<()>,
    ) -> Result<Arc<Function>> {
        let changed = self.functions.change(|index| {
            let old = existing(index, (account, region), name)?;
            let mut facts = old.facts.clone();
            change(index, &mut facts)?;
            Ok(FunctionChange::Replace(facts, old.version))
        });
        changed.await?;
        self.function(account, region, name)
    }

    /// Deletes a function with its log, its versions, aliases and policies. Mappings to it stay, as on AWS, and wait
    /// for a function of its name.
    ///
    /// # Errors
    /// If there is none, or the store does not take it.
    pub async fn delete(
        &self,
        account: AccountId,
        region: &Region,
        name: &FunctionName,
    ) -> Result<()> {
        let changed = self.functions.change(|index| {
            existing(index, (account, region), name).map(|function| index.removal(function))
        });
        changed.await
    }

    /// Looks at a package and stores what was made of it. Source code is stored as it came.
    pub(crate) async fn take_in(
        &self,
        account: AccountId,
        package: Bytes,
        language: Option<Language>,
        operation: &'static str,
    ) -> Result<Upload> {
        let (code, content) = self.look_into(account, package, language, operation).await?;
        let component = code.component;
        let guard = Arc::clone(&self.uploads).read_owned().await;
        if !self.functions.look(|index| index.is_noted(component)) {
            self.functions.change(|_| Ok(FunctionChange::Note(component))).await?;
        }
        let stored = self.around.store.put_blob(content).await?;
        if stored != component {
            let text = format!("component {component} was stored as {stored}");
            return Err(Error::Store(storage::Error::new(Kind::Bug, text)));
        }
        Ok(Upload { code, _guard: guard })
    }

    /// Looks at a package without storing anything of it.
    pub(crate) async fn try_out(
        &self,
        account: AccountId,
        package: Bytes,
        language: Option<Language>,
        operation: &'static str,
    ) -> Result<Code> {
        self.look_into(account, package, language, operation).await.map(|(code, _content)| code)
    }

    /// Takes a package apart and has the sandbox look at what is in it, once it is clear that there is what runs it: what it
    /// is, and what would be stored. A task does so when it is the account's turn, since work that was begun goes on, and
    /// takes its turn, when the caller has gone.
    async fn look_into(
        &self,
        account: AccountId,
        package: Bytes,
        language: Option<Language>,
        operation: &'static str,
    ) -> Result<(Code, Bytes)> {
        if let Some(language) = language {
            self.interpreter(language).await?;
        }
        let turn = self.intake.turn(account).await.map_err(|_closed| lost())?;
        let (tasks, sandbox) = (self.around.tasks.clone(), Arc::clone(&self.around.sandbox));
        let (answer, answered) = oneshot::channel();
        self.around.tasks.spawn("intake", async move {
            let looked = open_and_admit(&tasks, &*sandbox, package, language, operation).await;
            // Before it is told, so that whoever hears it can come again at once.
            drop(turn);
            // Whoever asked may have gone.
            let _ = answer.send(looked);
        });
        let (Opened { sha256, bytes }, admitted) = answered.await.map_err(|_gone| lost())??;
        let Admitted { component, id, world } = admitted;
        Ok((Code { component: Digest(id.0), sha256, bytes, world, language }, component))
    }

    /// Whether the account's code, with this much more, stays within its bound; how many functions it has.
    pub(crate) fn admit_code(
        &self,
        index: &FunctionIndex,
        (account, region): (AccountId, &Region),
        more: u64,
    ) -> Result<usize> {
        let (count, bytes) = index.usage(account, region);
        let is_over = bytes.saturating_add(more) > limits::ACCOUNT_CODE_BYTES_MAX;
        if self.settings.limits && is_over {
            return Err(Error::CodeStorage);
        }
        Ok(count)
    }

    fn admit(&self, index: &FunctionIndex, new: &NewFunction, bytes: u64) -> Result<()> {
        let NewFunction { account, region, name, .. } = new;
        if index.by_name(*account, region, name).is_some() {
            return Err(Error::Taken(Taken::Function(name.to_string())));
        }
        if self.admit_code(index, (*account, region), bytes)? >= limits::ACCOUNT_FUNCTIONS_MAX {
            return Err(Invalid::FunctionCount.into());
        }
        Ok(())
    }

    /// A random UUID.
    pub(crate) fn uuid(&self) -> String {
        MappingId::from_random(self.around.entropy.bytes()).to_string()
    }
}

/// What is noted of a package beside its code.
struct Opened {
    sha256: [u8; 32],
    bytes: u64,
}

/// Whoever was to look at a package has gone.
fn lost() -> Error {
    Error::NotRun("the package could not be looked at".to_owned())
}

async fn open_and_admit(
    tasks: &Tasks,
    sandbox: &dyn Sandbox,
    package: Bytes,
    language: Option<Language>,
    operation: &'static str,
) -> Result<(Opened, Admitted)> {
    let Package { code, sha256, bytes } = take_apart(tasks, package, language, operation).await?;
    let admitted = match language {
        // Interpreters are handlers.
        Some(_) => Admitted {
            id: ComponentId(Digest::of(&code).0),
            component: code,
            world: World::Handler,
        },
        None => sandbox.admit(code).await.map_err(|rejection| match rejection {
            Rejection::Unfit(text) | Rejection::TooComplex(text) => {
                Error::Invalid(Invalid::Code(text))
            }
            Rejection::Unavailable(text) => Error::NotRun(text),
        })?,
    };
    Ok((Opened { sha256, bytes }, admitted))
}

/// Unpacking takes a while and is done on a thread of its own.
async fn take_apart(
    tasks: &Tasks,
    package: Bytes,
    language: Option<Language>,
    operation: &'static str,
) -> Result<Package> {
    let (answer, answered) = oneshot::channel();
    let work = move || drop(answer.send(package::open(package, language, operation)));
    tasks.thread("package", work).map_err(Error::NoRoom)?;
    let opened = answered.await.map_err(|_gone| lost())?;
    opened.map_err(|refused| Error::Invalid(Invalid::Package(refused)))
}

/// The function with this name.
pub(crate) fn existing(
    index: &FunctionIndex,
    (account, region): (AccountId, &Region),
    name: &FunctionName,
) -> Result<Arc<Function>> {
    let found = index.by_name(account, region, name);
    found.ok_or_else(|| Error::NotFound(Missing::named(account, region, name.as_str())))
}

/// Whether the function is still what its caller believes.
pub(crate) fn check_revision(function: &Function, believed: Option<&str>) -> Result<()> {
    match believed {
        Some(revision) if revision != function.facts.revision => {
            Err(Error::Revision(Revised::Function))
        }
        Some(_) | None => Ok(()),
    }
}
