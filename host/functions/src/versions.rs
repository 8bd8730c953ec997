//! The life of a function's versions and aliases: which number comes next, what stays, what may go, and which version a
//! call meets. Pure.
//!
//! A version is the function as it was when it was published. It is never changed, and its number is never given again
//! as long as there is the function.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::{AliasName, Qualifier};

use crate::function::{Function, FunctionFacts};

/// What a version has that the function did not have when it was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Its number, from 1 on.
    pub number: u64,
    /// What is told instead of the function's description.
    pub description: Option<String>,
}

/// A name that leads to a version, or to two.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Alias {
    /// Where it leads. `None` is the function as it is now.
    pub(crate) version: Option<u64>,
    /// Where some of the calls go instead.
    pub(crate) other: Option<Other>,
    pub(crate) description: String,
    /// What callers compare to notice each other's changes: a random UUID with every change.
    pub(crate) revision: String,
}

/// The second version of an alias.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Other {
    pub(crate) version: u64,
    /// Which share of the calls it gets, from 0 to 1.
    pub(crate) weight: f64,
}

/// The versions and aliases of one function.
#[derive(Debug, Default)]
pub(crate) struct Versions {
    /// The number that was given last; 0 if none was.
    last: u64,
    kept: BTreeMap<u64, Arc<Function>>,
    aliases: BTreeMap<AliasName, Arc<Alias>>,
}

/// What publishing leads to.
#[derive(Clone, Debug)]
pub(crate) enum Next {
    /// Nothing has changed since this version, which was the last one.
    Same(Arc<Function>),
    /// A version of this number.
    New(u64),
}

/// Why an alias cannot lead where it is to lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Astray {
    /// There is no such version.
    Absent(u64),
    /// Both ways lead to this version.
    Twice(u64),
    /// One way leads to the function as it is now.
    Latest,
}

impl Alias {
    /// The version that a call gets; `draw` is a random number. Without one, the version that is the alias's own.
    pub(crate) fn pick(&self, draw: Option<u64>) -> Option<u64> {
        match (self.other, draw) {
            (Some(Other { version, weight }), Some(draw)) if is_below(draw, weight) => {
                Some(version)
            }
            (Some(_) | None, _) => self.version,
        }
    }

    /// Whether a call may get this version.
    pub(crate) fn leads_to(&self, number: u64) -> bool {
        self.version == Some(number) || self.other.is_some_and(|it| it.version == number)
    }
}

/// Whether a random number falls into this share of all.
fn is_below(draw: u64, share: f64) -> bool {
    const ALL: f64 = 4_294_967_296.0;
    let half = u32::try_from(draw >> 32).expect("half of 64 bits");
    f64::from(half) / ALL < share
}

impl Versions {
    /// What comes of publishing a function that is like this. Editions and revisions do not count: a change that was
    /// taken back is none.
    pub(crate) fn next(&self, latest: &FunctionFacts) -> Next {
        match self.kept.get(&self.last) {
            Some(last) if is_same(&last.facts, latest) => Next::Same(Arc::clone(last)),
            Some(_) | None => Next::New(self.last + 1),
        }
    }

    /// The number that was given last; 0 if none was.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// A number that was given in an earlier life.
    pub(crate) fn resume(&mut self, last: u64) {
        self.last = self.last.max(last);
    }

    /// Adds a version, or replaces it by one that has another revision.
    pub(crate) fn insert(&mut self, number: u64, version: Arc<Function>) {
        self.resume(number);
        self.kept.insert(number, version);
    }

    pub(crate) fn remove(&mut self, number: u64) {
        self.kept.remove(&number);
    }

    /// The versions that there are, by number.
    pub(crate) fn all(&self) -> impl Iterator<Item = (u64, &Arc<Function>)> {
        self.kept.iter().map(|(number, version)| (*number, version))
    }

    /// The version of this number.
    pub(crate) fn version(&self, number: u64) -> Option<&Arc<Function>> {
        self.kept.get(&number)
    }

    /// The aliases that there are, by name.
    pub(crate) fn aliases(&self) -> impl Iterator<Item = (&AliasName, &Arc<Alias>)> {
        self.aliases.iter()
    }

    pub(crate) fn alias(&self, name: &AliasName) -> Option<&Arc<Alias>> {
        self.aliases.get(name)
    }

    /// Has a name lead elsewhere, or nowhere.
    pub(crate) fn set_alias(&mut self, name: AliasName, alias: Option<Arc<Alias>>) {
        match alias {
            Some(alias) => self.aliases.insert(name, alias),
            None => self.aliases.remove(&name),
        };
    }

    /// The names of the aliases that keep a version from being deleted.
    pub(crate) fn aliases_of(&self, number: u64) -> Vec<AliasName> {
        let leading = self.aliases.iter().filter(|(_, alias)| alias.leads_to(number));
        leading.map(|(name, _)| name.clone()).collect()
    }

    /// Whether an alias can lead there.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn check(&self, version: Option<u64>, other: Option<Other>) -> Result<(), Astray> {
        let named = version.into_iter().chain(other.map(|it| it.version));
        for number in named {
            if !self.kept.contains_key(&number) {
                return Err(Astray::Absent(number));
            }
        }
        match (version, other) {
            (None, Some(_)) => Err(Astray::Latest),
            (Some(one), Some(other)) if one == other.version => Err(Astray::Twice(one)),
            (_, Some(_) | None) => Ok(()),
        }
    }

    /// What a call of `latest` with this qualifier meets; `draw` is a random number, for aliases that lead to two
    /// versions: see [`Alias::pick`].
    pub(crate) fn resolve(
        &self,
        latest: &Arc<Function>,
        qualifier: Option<&Qualifier>,
        draw: Option<u64>,
    ) -> Option<Arc<Function>> {
        let number = match qualifier {
            None | Some(Qualifier::Latest) => None,
            Some(Qualifier::Version(number)) => Some(*number),
            Some(Qualifier::Alias(name)) => self.alias(name)?.pick(draw),
        };
        match number {
            None => Some(Arc::clone(latest)),
            Some(number) => self.version(number).cloned(),
        }
    }
}

fn is_same(one: &FunctionFacts, other: &FunctionFacts) -> bool {
    one.config == other.config && one.code == other.code
}

#[cfg(test)]
mod tests;
