//! A function as it is held in memory.

use std::sync::Arc;
use std::time::Duration;

use domain::{
    AccountId, FunctionArn, FunctionId, FunctionName, Millis, QualifiedArn, Qualifier, Region,
    RoleArn, limits,
};
use storage::{Digest, LogId};
use wasm::World;

use crate::Result;
use crate::error::Invalid;
use crate::language::Language;
use crate::versions::Published;

/// One incarnation of a function at one moment. It never changes: what does is replaced in the catalogue as a
/// whole, and whoever still holds the old value finishes with it.
#[derive(Clone, Debug)]
pub struct Function {
    /// What is known of it; of a version, what was known when it was published.
    pub facts: FunctionFacts,
    /// What it has if it is a version.
    pub published: Option<Published>,
    /// The commit that wrote its fact.
    pub(crate) version: u64,
}

/// What is known of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionFacts {
    /// The incarnation's number.
    pub id: FunctionId,
    /// The account that owns it.
    pub account: AccountId,
    /// The region it lives in.
    pub region: Region,
    /// Its name, unique in account and region.
    pub name: FunctionName,
    /// When it was made.
    pub created: Millis,
    /// The log of what it writes.
    pub log: LogId,
    /// Drawn anew with every change and never re-used: no instance serves two of them.
    pub edition: u64,
    /// What callers compare to notice each other's changes: a random UUID with every change.
    pub revision: String,
    /// When it was changed last.
    pub modified: Millis,
    /// How it is run.
    pub config: Config,
    /// What is run.
    pub code: Code,
    /// What the owner noted, by key.
    pub tags: Vec<(String, String)>,
    /// How many calls of it may run at one moment, which no other function may use; 0 stops it. Without,
    /// it shares what the account's other functions leave.
    pub reserved: Option<u32>,
}

/// How a function is run, and what is only told back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// For people.
    pub description: String,
    /// What AWS would run it on; of source code, the language that it is in.
    pub runtime: Option<String>,
    /// What of source code is called; of a component only told back.
    pub handler: Option<String>,
    /// Whom it acts as.
    pub role: RoleArn,
    /// Told back; a component runs on any.
    pub architecture: Architecture,
    /// What it asked for; see [`Config::memory_bytes`].
    pub memory_mib: u32,
    /// How long a call may take.
    pub timeout_seconds: u32,
    /// Its environment variables, by name.
    pub environment: Arc<[(String, String)]>,
}

/// What a function runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// The name in the store of the component, or of the package if it is source code.
    pub component: Digest,
    /// SHA-256 of what was uploaded.
    pub sha256: [u8; 32],
    /// Bytes of what was uploaded.
    pub bytes: u64,
    /// What the component is: how it is called.
    pub world: World,
    /// The language, if it is source code, which that language's interpreter runs.
    pub language: Option<Language>,
}

/// The processors that AWS has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Architecture {
    /// Intel's and AMD's.
    #[default]
    X86,
    /// Graviton's.
    Arm,
}

impl Architecture {
    /// The words AWS uses, in its order.
    pub const WORDS: [&str; 2] = ["x86_64", "arm64"];

    /// The word AWS uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::X86 => "x86_64",
            Self::Arm => "arm64",
        }
    }

    /// What the word means.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::X86, Self::Arm].into_iter().find(|it| it.as_str() == word)
    }
}

impl Config {
    /// The memory that an instance gets.
    pub fn memory_bytes(&self) -> usize {
        let mib = self.memory_mib.min(limits::FUNCTION_MEMORY_MIB_ENFORCED_MAX);
        mib as usize * 1024 * 1024
    }

    /// The language of the runtime, if its functions are source code.
    pub fn language(&self) -> Option<Language> {
        self.runtime.as_deref().and_then(Language::of_runtime)
    }

    /// How long a call may take.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds.into())
    }
}

impl Function {
    /// Which version of the function it is.
    pub fn qualifier(&self) -> Qualifier {
        self.published.as_ref().map_or(Qualifier::Latest, |it| Qualifier::Version(it.number))
    }

    /// The resource name under which this version of it is called.
    pub fn arn(&self) -> QualifiedArn {
        let qualifier = self.published.as_ref().map(|it| Qualifier::Version(it.number));
        QualifiedArn { function: self.facts.arn(), qualifier }
    }

    /// What is told of it.
    pub fn description(&self) -> &str {
        let own = self.published.as_ref().and_then(|it| it.description.as_deref());
        own.unwrap_or(&self.facts.config.description)
    }
}

impl FunctionFacts {
    /// Refuses a runtime that the code is not for.
    pub(crate) fn check_language(&self) -> Result<()> {
        if self.config.language() == self.code.language {
            return Ok(());
        }
        let runtime = self.config.runtime.clone().unwrap_or_default();
        let what = self.code.language.map_or("a WebAssembly component", Language::as_str);
        Err(Invalid::RuntimeOfCode { runtime, what }.into())
    }

    /// Its resource name.
    pub fn arn(&self) -> FunctionArn {
        FunctionArn { region: self.region.clone(), account: self.account, name: self.name.clone() }
    }
}
