//! The manifest: lines of text that say what a backup is and which files it must have, and a last line with
//! the digest of all lines before. Hostile until parsed: strict, and bounded by who reads it.

use std::fmt::Write as _;
use std::io::Read as _;

use domain::{AccountId, Millis};
use stdx::DataDir;
use storage::Digest;

/// Its file in the backup.
pub(crate) const MANIFEST: &str = "MANIFEST";
const FIRST: &str = "shardmill backup ";
const VERSION: &str = "1";
/// The longest manifest that is read: half a million blobs.
const BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What a backup says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// The version of the program that made it.
    pub(crate) program: String,
    /// When.
    pub(crate) made: Millis,
    /// Whose streams it holds, if the store has an account of its own.
    pub(crate) account: Option<AccountId>,
    /// Whether the root key and the host key are among the files.
    pub(crate) keys: bool,
    /// The name of the database.
    pub(crate) database: u64,
    /// The term that held.
    pub(crate) term: u32,
    /// The newest commit in it.
    pub(crate) commit: u64,
    /// By name.
    pub(crate) files: Vec<FileEntry>,
}

/// A file that must be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileEntry {
    /// A name, or `blobs/` and a name.
    pub(crate) name: String,
    pub(crate) bytes: u64,
    pub(crate) digest: Digest,
}

impl Manifest {
    /// Bytes of all files.
    pub(crate) fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// The text.
    pub(crate) fn encode(&self) -> String {
        let account = self.account.map_or_else(|| "-".to_owned(), |account| account.to_string());
        let keys = if self.keys { "yes" } else { "no" };
        let mut text = format!(
            "{FIRST}{VERSION}\nprogram {}\nmade {}\naccount {account}\nkeys {keys}\ndatabase {:016x}\nterm {}\ncommit {}\n",
            self.program, self.made.0, self.database, self.term, self.commit
        );
        for FileEntry { name, bytes, digest } in &self.files {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "file {digest} {bytes} {name}");
        }
        let digest = Digest::of(text.as_bytes());
        let _ = writeln!(text, "end {digest}");
        text
    }

    /// Reads the text.
    ///
    /// # Errors
    /// A fragment that says what is wrong.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, String> {
        let text = str::from_utf8(text).map_err(|_invalid| "it is not text".to_owned())?;
        let version = text.lines().next().and_then(|line| line.strip_prefix(FIRST));
        match version {
            None => return Err(format!("it does not begin with `{FIRST}{VERSION}`")),
            Some(VERSION) => {}
            Some(other) if other.parse::<u32>().is_ok() => {
                return Err(format!("its format is {other}, which only a newer shardmill reads"));
            }
            Some(_) => return Err("the version of its format is not a number".to_owned()),
        }
        let body = checked(text)?;
        let mut lines = body.lines().skip(1);
        let mut value = |key: &'static str| {
            let line = lines.next().and_then(|line| line.strip_prefix(key));
            line.and_then(|rest| rest.strip_prefix(' ')).ok_or_else(|| format!("it lacks `{key}`"))
        };
        let manifest = Self {
            program: value("program")?.to_owned(),
            made: Millis(number("made", value("made")?)?),
            account: account(value("account")?)?,
            keys: match value("keys")? {
                "yes" => true,
                "no" => false,
                _ => return Err("`keys` is neither yes nor no".to_owned()),
            },
            database: u64::from_str_radix(value("database")?, 16)
                .map_err(|error| format!("`database` {error}"))?,
            term: number("term", value("term")?)?,
            commit: number("commit", value("commit")?)?,
            files: lines.map(file).collect::<Result<_, _>>()?,
        };
        let names = manifest.files.iter().map(|file| &file.name);
        if !names.is_sorted_by(|one, other| one < other) {
            return Err("its files are not in order".to_owned());
        }
        // Covers what reading by lines overlooks: other line ends, other ways to write a number.
        if manifest.encode() == text {
            Ok(manifest)
        } else {
            Err("it is not written as it must be".to_owned())
        }
    }

    /// Reads the one in a backup.
    ///
    /// # Errors
    /// A sentence without its end that says what is wrong.
    pub(crate) fn read(dir: &DataDir) -> Result<Self, String> {
        let cannot = |error: std::io::Error| format!("{MANIFEST} cannot be read: {error}");
        let file = dir.open(MANIFEST).map_err(cannot)?;
        let file = file.ok_or_else(|| format!("{MANIFEST} is missing: this is no whole backup"))?;
        let mut text = Vec::new();
        file.take(BYTES_MAX).read_to_end(&mut text).map_err(cannot)?;
        Self::parse(&text).map_err(|why| format!("{MANIFEST} is damaged or foreign: {why}"))
    }
}

/// What stands before the last line, if that line is right.
fn checked(text: &str) -> Result<&str, String> {
    let start = text.trim_end_matches('\n').rfind('\n').map_or(0, |at| at + 1);
    let (body, last) = text.split_at(start);
    let told = last.strip_prefix("end ").and_then(|rest| rest.strip_suffix('\n'));
    let told = told.ok_or("its last line is missing: it was cut off")?;
    if Digest::of(body.as_bytes()).to_string() == told {
        Ok(body)
    } else {
        Err("its digest is not that of its lines".to_owned())
    }
}

fn number<N: std::str::FromStr>(key: &str, text: &str) -> Result<N, String> {
    text.parse().map_err(|_not_a_number| format!("`{key}` is not a number that fits"))
}

fn account(text: &str) -> Result<Option<AccountId>, String> {
    if text == "-" {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_invalid| "`account` is neither 12 digits nor `-`".to_owned())
}

fn file(line: &str) -> Result<FileEntry, String> {
    let wrong = || format!("`{line}` is not a file with digest, length and name");
    let mut words = line.strip_prefix("file ").ok_or_else(wrong)?.splitn(3, ' ');
    let mut word = || words.next().ok_or_else(wrong);
    let (digest, bytes, name) = (word()?, word()?, word()?);
    let digest = parse_digest(digest).ok_or_else(wrong)?;
    let bytes = bytes.parse().map_err(|_not_a_number| wrong())?;
    if !is_name(name) {
        return Err(format!("`{name}` is no name of a file in a backup"));
    }
    Ok(FileEntry { name: name.to_owned(), bytes, digest })
}

fn parse_digest(text: &str) -> Option<Digest> {
    let mut digest = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, at) in digest.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(Digest(digest))
}

/// Whether a file may be called so: plain characters, at most one folder, and that is `blobs`.
pub(super) fn is_name(name: &str) -> bool {
    let bare = name.strip_prefix("blobs/").unwrap_or(name);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    (1..=128).contains(&bare.len())
        && bare.bytes().all(plain)
        && !bare.starts_with('.')
        && bare != MANIFEST
        && bare != "blobs"
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As version 1 wrote it; bytes that were written once must be read for good.
    const OLD: &str = "shardmill backup 1\nprogram 0.0.0\nmade 1790000000123\naccount 123456789012\nkeys yes\n\
        database 00112233445566ff\nterm 1790000000\ncommit 42\n\
        file af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262 0 blobs/a\n\
        file af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262 7 shardmill.db\n\
        end 86d5e2198b57c69f13e7a9e296cb8dc66e67ea095a2093eda3b70f5b502386c9\n";

    fn sample() -> Manifest {
        let digest = Digest::of(b"");
        let file = |name: &str, bytes| FileEntry { name: name.to_owned(), bytes, digest };
        Manifest {
            program: "0.0.0".to_owned(),
            made: Millis(1_790_000_000_123),
            account: Some("123456789012".parse().unwrap()),
            keys: true,
            database: 0x0011_2233_4455_66ff,
            term: 1_790_000_000,
            commit: 42,
            files: vec![file("blobs/a", 0), file("shardmill.db", 7)],
        }
    }

    #[test]
    fn reads_what_was_written_once() {
        assert_eq!(sample().encode(), OLD);
        assert_eq!(Manifest::parse(OLD.as_bytes()).unwrap(), sample());
        let bare = Manifest { account: None, keys: false, files: Vec::new(), ..sample() };
        assert_eq!(Manifest::parse(bare.encode().as_bytes()).unwrap(), bare);
    }

    #[test]
    fn every_damaged_byte_and_every_cut_is_noticed() {
        for at in 0..OLD.len() {
            for flip in [1, 0x80] {
                let mut damaged = OLD.as_bytes().to_vec();
                damaged[at] ^= flip;
                assert!(Manifest::parse(&damaged).is_err(), "byte {at}");
            }
            assert!(Manifest::parse(&OLD.as_bytes()[..at]).is_err(), "cut at {at}");
        }
        assert!(Manifest::parse(format!("{OLD}\n").as_bytes()).is_err());
    }

    #[test]
    fn what_is_well_digested_and_wrong_is_refused_all_the_same() {
        let sealed = |body: &str| format!("{body}end {}\n", Digest::of(body.as_bytes()));
        let body = OLD.rsplit_once("end ").unwrap().0;
        assert_eq!(sealed(body), OLD);
        for (from, to, why) in [
            ("backup 1", "backup 2", "newer"),
            ("backup 1", "backup x", "not a number"),
            ("shardmill", "other", "begin"),
            ("keys yes", "keys maybe", "neither"),
            ("term 17", "term x17", "not a number"),
            ("term 17", "term 9917", "not a number"),
            ("made ", "male ", "lacks"),
            (" 7 shard", " 07 shard", "not written"),
            (" 7 shard", " -7 shard", "is not a file"),
            ("blobs/a", "z", "order"),
            ("blobs/a", "../a", "no name"),
            ("blobs/a", ".hidden", "no name"),
            ("blobs/a", "blobs/b/c", "no name"),
            ("blobs/a", "MANIFEST", "no name"),
            ("file af", "file AF", "not written"),
        ] {
            let text = sealed(&body.replacen(from, to, 1));
            let refused = Manifest::parse(text.as_bytes()).unwrap_err();
            assert!(refused.contains(why), "{from} -> {to}: {refused}");
        }
    }
}
