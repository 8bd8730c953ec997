//! The bounds of a commit: what every store refuses before it looks at anything it holds.

use std::collections::BTreeSet;

use bytes::Bytes;

use crate::{Commit, Error, Kind, Result};

impl Commit {
    /// Whether the commit keeps the bounds that hold for every store, whatever lies in it.
    ///
    /// # Errors
    /// `Refused`: more bytes, a longer key or a longer value than a commit may bring; a fact written twice;
    /// more facts, logs and appends; a log made twice, or deleted and also made, appended to or ended; an
    /// append of nothing; producer 0.
    pub fn check(&self) -> Result<()> {
        if self.bytes() > Self::BYTES_MAX {
            return refuse(format!("commit brings {} bytes", self.bytes()));
        }
        let logs = self.create_logs.len() + self.end_logs.len() + self.delete_logs.len();
        let items = self.facts.len() + logs + self.appends.len();
        if items > Self::ITEMS_MAX {
            return refuse(format!("commit brings {items} facts, logs and appends"));
        }
        if self.id.is_some_and(|id| id.producer == 0) {
            return refuse("commit of producer 0".to_owned());
        }
        self.check_facts()?;
        self.check_logs()
    }

    fn check_facts(&self) -> Result<()> {
        let mut keys = BTreeSet::new();
        for fact in &self.facts {
            let value_bytes = fact.value.as_ref().map_or(0, Bytes::len);
            if fact.key.len() > Self::KEY_BYTES_MAX {
                return refuse(format!("key of {} bytes", fact.key.len()));
            }
            if value_bytes > Self::VALUE_BYTES_MAX {
                return refuse(format!("value of {value_bytes} bytes"));
            }
            if !keys.insert(&fact.key) {
                return refuse(format!("fact {:?} written twice", fact.key));
            }
        }
        Ok(())
    }

    fn check_logs(&self) -> Result<()> {
        let mut created = BTreeSet::new();
        for log in &self.create_logs {
            if !created.insert(log) {
                return refuse(format!("log {} made twice", log.0));
            }
        }
        let deleted: BTreeSet<_> = self.delete_logs.iter().collect();
        if let Some(log) = created.intersection(&deleted).next() {
            return refuse(format!("log {} made and deleted", log.0));
        }
        for append in &self.appends {
            if append.records.count() == 0 {
                return refuse(format!("no records for log {}", append.log.0));
            }
            if deleted.contains(&append.log) {
                return refuse(format!("log {} appended to and deleted", append.log.0));
            }
        }
        if let Some(log) = self.end_logs.iter().find(|log| deleted.contains(log)) {
            return refuse(format!("log {} ended and deleted", log.0));
        }
        Ok(())
    }
}

fn refuse(message: String) -> Result<()> {
    Err(Error::new(Kind::Refused, message))
}
