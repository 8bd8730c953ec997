//! What was sent, what was answered, and what was found: kept outside of the program under test.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Result, bail, ensure};

/// The name of a record: its partition key. Never used twice.
pub(super) type Token = u64;

/// Where a record lies: its shard and its number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    pub(super) stream: usize,
    pub(super) shard: String,
    pub(super) number: String,
}

/// What is known of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// No answer came, or not yet.
    Unknown,
    /// It was taken.
    Acknowledged(Place),
    /// It was not.
    Refused,
    /// No answer came, and it was there after the next start.
    Found(Place),
    /// No answer came, and it was not there after the next start.
    Gone,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) stream: usize,
    hash: blake3::Hash,
    /// Ticks of the ledger's clock: when it was sent, when the answer came.
    pub(super) sent: u64,
    pub(super) answered: u64,
    pub(super) fate: Fate,
    /// Where a reader saw it beside the load, if one did: there it stays, whether its put was answered or not.
    seen: Option<Place>,
}

#[derive(Debug, Default)]
pub(super) struct Ledger {
    clock: AtomicU64,
    books: Mutex<Books>,
}

#[derive(Debug, Default)]
struct Books {
    entries: HashMap<Token, Entry>,
    given: HashMap<Place, Token>,
    clashes: Vec<String>,
    /// Records that a reader was given, and those of them whose put had no answer by then.
    seen: u64,
    seen_first: u64,
}

impl Ledger {
    fn tick(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::SeqCst)
    }

    /// Notes that records are about to be sent to a stream; their names.
    pub(super) fn send(&self, stream: usize, bodies: &[Vec<u8>]) -> Vec<Token> {
        let sent = self.tick();
        let mut books = self.books.lock().expect("no thread panics with the books");
        let first = books.entries.len() as u64;
        let tokens = (first..).take(bodies.len());
        let tokens: Vec<Token> = tokens.collect();
        for (token, body) in tokens.iter().zip(bodies) {
            let hash = blake3::hash(body);
            let (answered, fate, seen) = (u64::MAX, Fate::Unknown, None);
            let entry = Entry { stream, hash, sent, answered, fate, seen };
            books.entries.insert(*token, entry);
        }
        tokens
    }

    /// Notes an answer.
    pub(super) fn settle(&self, token: Token, fate: Fate) {
        let answered = self.tick();
        let mut books = self.books.lock().expect("no thread panics with the books");
        if let Fate::Acknowledged(place) = &fate
            && let Some(earlier) = books.given.insert(place.clone(), token)
            && earlier != token
        {
            books.clashes.push(format!("{place:?} for {earlier} and {token}"));
        }
        let entry = books.entries.get_mut(&token).expect("it was sent");
        let clash = match (&entry.seen, &fate) {
            (Some(at), Fate::Acknowledged(place)) if at != place => {
                Some(format!("{token} was seen at {at:?} and acknowledged at {place:?}"))
            }
            (Some(at), Fate::Refused) => Some(format!("{token} was seen at {at:?} and refused")),
            _ => None,
        };
        (entry.fate, entry.answered) = (fate, answered);
        books.clashes.extend(clash);
    }

    /// Notes what a reader was given beside the load.
    pub(super) fn see(&self, token: Token, place: Place, hash: blake3::Hash) -> Result<()> {
        let mut books = self.books.lock().expect("no thread panics with the books");
        let Some(entry) = books.entries.get_mut(&token) else {
            bail!("phantom: {place:?} holds {token}, which was never sent");
        };
        ensure!(entry.stream == place.stream, "{token} was sent elsewhere than {place:?}");
        ensure!(entry.hash == hash, "{token} at {place:?} is not what was sent");
        match &entry.fate {
            Fate::Acknowledged(at) | Fate::Found(at) => {
                ensure!(*at == place, "{token} is at {place:?}, not at {at:?}");
            }
            Fate::Unknown => {}
            Fate::Refused | Fate::Gone => bail!("{token} is {:?} and at {place:?}", entry.fate),
        }
        let is_first = entry.fate == Fate::Unknown && entry.seen.is_none();
        if let Some(at) = entry.seen.replace(place.clone()) {
            ensure!(at == place, "{token} was seen at {at:?} and at {place:?}");
        }
        if let Some(other) = books.given.insert(place.clone(), token) {
            ensure!(other == token, "{place:?} was given to {other} and {token}");
        }
        books.seen += 1;
        books.seen_first += u64::from(is_first);
        Ok(())
    }

    /// How often a reader was given a record beside the load, and how many records before their put was answered.
    pub(super) fn seen(&self) -> (u64, u64) {
        let books = self.books.lock().expect("no thread panics with the books");
        (books.seen, books.seen_first)
    }

    /// Numbers that two records were given.
    pub(super) fn clashes(&self) -> Vec<String> {
        self.books.lock().expect("no thread panics with the books").clashes.clone()
    }

    pub(super) fn entries(&self) -> HashMap<Token, Entry> {
        self.books.lock().expect("no thread panics with the books").entries.clone()
    }

    pub(super) fn acknowledged(&self) -> u64 {
        let is_taken = |entry: &&Entry| matches!(entry.fate, Fate::Acknowledged(_));
        self.entries().values().filter(is_taken).count() as u64
    }

    pub(super) fn summary(&self) -> String {
        let mut text = format!("{} records sent", self.entries().len());
        for (name, is_it) in [
            ("acknowledged", (|fate| matches!(fate, Fate::Acknowledged(_))) as fn(&Fate) -> bool),
            ("unknown and found", |fate| matches!(fate, Fate::Found(_))),
            ("unknown and gone", |fate| matches!(fate, Fate::Gone)),
            ("refused", |fate| matches!(fate, Fate::Refused)),
        ] {
            let count = self.entries().values().filter(|entry| is_it(&entry.fate)).count();
            let _ = write!(text, ", {count} {name}");
        }
        let (seen, seen_first) = self.seen();
        let _ = write!(text, ", {seen} read meanwhile, {seen_first} before their answer");
        text
    }

    /// Compares all that was read, in the order of reading, with the books; what nobody knew is known
    /// from now on. No request is under way.
    pub(super) fn compare(&self, read: &[(Token, Place, blake3::Hash)]) -> Result<()> {
        let mut books = self.books.lock().expect("no thread panics with the books");
        let mut seen = HashMap::new();
        for (token, place, hash) in read {
            let Some(entry) = books.entries.get_mut(token) else {
                bail!("phantom: {place:?} holds {token}, which was never sent");
            };
            ensure!(entry.stream == place.stream, "{token} was sent elsewhere than {place:?}");
            ensure!(entry.hash == *hash, "{token} at {place:?} is not what was sent");
            if let Some(at) = &entry.seen {
                ensure!(at == place, "{token} was seen at {at:?} and is at {place:?}");
            }
            if let Some(other) = seen.insert(*token, place) {
                bail!("{token} is there twice: {other:?} and {place:?}");
            }
            match &entry.fate {
                Fate::Acknowledged(at) | Fate::Found(at) => {
                    ensure!(at == place, "{token} is at {place:?}, not at {at:?}");
                }
                Fate::Unknown => entry.fate = Fate::Found(place.clone()),
                Fate::Refused => bail!("{token} was refused and is at {place:?}"),
                Fate::Gone => bail!("{token} was gone and is back at {place:?}"),
            }
            if let Some(other) = books.given.insert(place.clone(), *token) {
                ensure!(other == *token, "{place:?} was given to {other} and {token}");
            }
        }
        for (token, entry) in &mut books.entries {
            if let Some(at) = &entry.seen {
                ensure!(seen.contains_key(token), "taken back: {token} was seen at {at:?}");
            }
            match &entry.fate {
                Fate::Acknowledged(at) | Fate::Found(at) => {
                    ensure!(seen.contains_key(token), "lost: {token} was at {at:?}");
                }
                Fate::Unknown => entry.fate = Fate::Gone,
                Fate::Refused | Fate::Gone => {}
            }
        }
        Ok(())
    }
}

/// A ledger with one record, sent and answered.
#[cfg(test)]
fn with_one(fate: Fate) -> (Ledger, Place, blake3::Hash) {
    let ledger = Ledger::default();
    let body = b"body".to_vec();
    let hash = blake3::hash(&body);
    let place = Place { stream: 0, shard: "0".to_owned(), number: "1".to_owned() };
    assert_eq!(ledger.send(0, &[body]), [0]);
    ledger.settle(0, fate);
    (ledger, place, hash)
}

#[test]
fn the_ledger_notices_every_fault() {
    let place = Place { stream: 0, shard: "0".to_owned(), number: "1".to_owned() };
    let other = Place { number: "2".to_owned(), ..place.clone() };
    let taken = || with_one(Fate::Acknowledged(place.clone()));
    let (ledger, at, hash) = taken();
    ledger.compare(&[(0, at.clone(), hash)]).unwrap();
    let told = |ledger: &Ledger, read: &[(Token, Place, blake3::Hash)]| {
        ledger.compare(read).unwrap_err().to_string()
    };
    assert!(told(&ledger, &[]).starts_with("lost: "));
    assert!(told(&ledger, &[(0, at.clone(), hash), (0, other.clone(), hash)]).contains("twice"));
    assert!(told(&ledger, &[(0, other.clone(), hash)]).contains("not at"));
    assert!(told(&ledger, &[(7, at.clone(), hash)]).starts_with("phantom: "));
    assert!(told(&ledger, &[(0, at.clone(), blake3::hash(b"x"))]).contains("not what was sent"));
    let (ledger, at, hash) = with_one(Fate::Refused);
    assert!(told(&ledger, &[(0, at, hash)]).contains("was refused"));
    let (ledger, at, hash) = with_one(Fate::Unknown);
    ledger.compare(&[]).unwrap();
    assert!(told(&ledger, &[(0, at, hash)]).contains("is back"));
    let (ledger, at, hash) = with_one(Fate::Unknown);
    ledger.compare(&[(0, at, hash)]).unwrap();
    assert!(told(&ledger, &[]).starts_with("lost: "));
    let (ledger, at, hash) = with_one(Fate::Unknown);
    ledger.see(0, at.clone(), hash).unwrap();
    assert!(told(&ledger, &[]).starts_with("taken back: "));
    assert!(told(&ledger, &[(0, other.clone(), hash)]).contains("was seen at"));
    assert!(ledger.see(0, other, hash).is_err() && ledger.see(0, at, blake3::hash(b"x")).is_err());
    ledger.settle(0, Fate::Refused);
    assert_eq!((ledger.clashes().len(), ledger.seen()), (1, (1, 1)));
    let (ledger, at, _) = taken();
    ledger.send(0, &[Vec::new()]);
    ledger.settle(1, Fate::Acknowledged(at));
    assert_eq!(ledger.clashes().len(), 1);
}
