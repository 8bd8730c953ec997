//! Root credentials: drawn on the first start, kept in the data directory, read strictly ever after.
//!
//! The file is in the shared format of AWS's tools, so `AWS_SHARED_CREDENTIALS_FILE` may point at it. A
//! comment, whose wording is part of the format, says which account the key belongs to.

use std::sync::Arc;

use domain::AccountId;
use stdx::{DataDir, Entropy, Secret};
use zeroize::Zeroizing;

use crate::keys::Key;

const FILE: &str = "root.credentials";
const ACCOUNT: &str = "# account ";
const KEY_ID_PREFIX: &str = "SMRT";

/// The key that may do everything in its account.
#[derive(Clone, Debug)]
pub struct Root {
    /// `SMRT` and 16 characters; `test` for development.
    pub access_key_id: String,
    /// 40 characters; `test` for development.
    pub secret_access_key: Secret<String>,
    /// The account.
    pub account: AccountId,
}

/// Why there are no root credentials.
#[derive(Debug, thiserror::Error)]
pub enum RootError {
    /// The file system refuses.
    #[error("access {FILE} in the data directory")]
    Io(#[from] std::io::Error),
    /// The content is not what [`Root::open`] writes.
    #[error(
        "{FILE} is damaged: {0}; restore it from a backup, or leave nothing but its first line to get a new key"
    )]
    Damaged(&'static str),
    /// Another account was asked for than the file is for.
    #[error("{FILE} is for account {held}, not {asked}")]
    OtherAccount {
        /// What the file says.
        held: AccountId,
        /// What was asked for.
        asked: AccountId,
    },
}

impl Root {
    /// The credentials of this data directory, drawn and written if there are none yet, in which case the
    /// answer's second half is true. `account` is the wish for a new one; without it, it is random. A file of
    /// which only the first line is left gets a new key for the account that it names.
    ///
    /// # Errors
    /// [`RootError`] if the file cannot be read or written, is damaged, or is for another account.
    pub fn open(
        dir: &DataDir,
        entropy: &dyn Entropy,
        account: Option<AccountId>,
    ) -> Result<(Self, bool), RootError> {
        let text = dir.read(FILE)?.map(Zeroizing::new);
        let kept = text.as_ref().and_then(|text| account_alone(text));
        if let Some(text) = text.filter(|_| kept.is_none()) {
            let root = Self::parse(&text).map_err(RootError::Damaged)?;
            check_account(root.account, account)?;
            return Ok((root, false));
        }
        if let Some(held) = kept {
            check_account(held, account)?;
        }
        let account = kept.or(account).unwrap_or_else(|| random_account(entropy));
        let root = Self::draw(entropy, account);
        dir.replace(FILE, root.text().as_bytes(), 0o600)?;
        Ok((root, true))
    }

    /// `test` / `test` in account 000000000000: for development, and nowhere else.
    pub fn dev() -> Self {
        Self {
            access_key_id: "test".to_owned(),
            secret_access_key: Secret::new("test".to_owned()),
            account: AccountId::DEV,
        }
    }

    /// What goes into the key ring under [`Root::access_key_id`].
    pub fn key(&self) -> Key {
        Key {
            secret: self.secret_access_key.clone(),
            account: self.account,
            principal: Arc::from(self.principal()),
            enabled: true,
        }
    }

    /// The ARN of the account's root.
    pub fn principal(&self) -> String {
        format!("arn:aws:iam::{}:root", self.account)
    }

    fn draw(entropy: &dyn Entropy, account: AccountId) -> Self {
        let secret_access_key = draw_secret(entropy);
        let access_key_id = format!("{KEY_ID_PREFIX}{}", base32(entropy.bytes()));
        Self { access_key_id, secret_access_key, account }
    }

    fn text(&self) -> Zeroizing<String> {
        let Self { access_key_id, secret_access_key, account } = self;
        Zeroizing::new(format!(
            "{ACCOUNT}{account}\n[default]\naws_access_key_id = {access_key_id}\naws_secret_access_key = {}\n",
            secret_access_key.expose()
        ))
    }

    fn parse(text: &[u8]) -> Result<Self, &'static str> {
        let text = str::from_utf8(text).map_err(|_invalid| "it is not text")?;
        let mut lines = text.lines();
        let mut line = |what: &'static str| lines.next().ok_or(what);
        let account = line("it is empty")?
            .strip_prefix(ACCOUNT)
            .and_then(|account| account.parse().ok())
            .ok_or("its first line is not '# account ' and 12 digits")?;
        if line("it has no [default] section")? != "[default]" {
            return Err("its second line is not '[default]'");
        }
        let access_key_id = value(line("it has no access key id")?, "aws_access_key_id")
            .filter(|id| is_access_key_id(id))
            .ok_or("its third line is not an aws_access_key_id of this server")?;
        let secret = value(line("it has no secret")?, "aws_secret_access_key")
            .filter(|secret| is_secret(secret))
            .ok_or("its fourth line is not an aws_secret_access_key of 40 characters")?;
        let root = Self {
            access_key_id: access_key_id.to_owned(),
            secret_access_key: Secret::new(secret.to_owned()),
            account,
        };
        // Covers what reading by lines overlooks: further lines, other line ends, a missing last one.
        if *root.text() == text { Ok(root) } else { Err("it is not exactly four lines") }
    }
}

/// The account of a file that says nothing else: its key is to be drawn anew.
fn account_alone(text: &[u8]) -> Option<AccountId> {
    let line = str::from_utf8(text).ok()?.strip_suffix('\n')?;
    line.strip_prefix(ACCOUNT)?.parse().ok()
}

/// Whether the file is for the account that was asked for, if one was.
fn check_account(held: AccountId, asked: Option<AccountId>) -> Result<(), RootError> {
    match asked {
        Some(asked) if asked != held => Err(RootError::OtherAccount { held, asked }),
        _ => Ok(()),
    }
}

fn value<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.strip_prefix(key)?.strip_prefix(" = ")
}

fn is_access_key_id(text: &str) -> bool {
    let random = text.strip_prefix(KEY_ID_PREFIX).unwrap_or_default();
    random.len() == 16 && random.bytes().all(|byte| BASE32.contains(&byte))
}

fn is_secret(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    text.len() == 40 && text.bytes().all(allowed)
}

/// A new secret access key: 40 characters of base64, which are thirty random bytes without padding.
pub(crate) fn draw_secret(entropy: &dyn Entropy) -> Secret<String> {
    let secret: Zeroizing<[u8; 30]> = Zeroizing::new(entropy.bytes());
    Secret::new(base64_simd::STANDARD.encode_to_string(secret.as_slice()))
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// 16 characters, which need no padding.
pub(crate) fn base32(bytes: [u8; 10]) -> String {
    let number = bytes.iter().fold(0, |number, byte| number << 8 | u128::from(*byte));
    let digit = |at: u32| BASE32[usize::try_from(number >> (at * 5) & 31).unwrap_or_default()];
    (0..16).rev().map(|at| char::from(digit(at))).collect()
}

/// Any account but zero, which is the one for development.
pub(crate) fn random_account(entropy: &dyn Entropy) -> AccountId {
    loop {
        // 40 bits are 9 percent more than twelve digits hold: the excess is drawn again.
        let number = u64::from_be_bytes(entropy.bytes()) >> 24;
        match AccountId::from_number(number) {
            Ok(account) if account != AccountId::DEV => return account,
            _ => {}
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use cap_std::fs::Dir;
    use stdx::SeededEntropy;

    use super::*;

    #[expect(clippy::disallowed_methods, reason = "a test opens its own temporary directory")]
    pub(crate) fn temporary() -> (tempfile::TempDir, DataDir) {
        let temp = tempfile::tempdir().unwrap();
        let dir = Dir::open_ambient_dir(temp.path(), cap_std::ambient_authority()).unwrap();
        let data_dir = DataDir::new(dir, temp.path());
        (temp, data_dir)
    }

    #[test]
    fn is_drawn_once_and_kept() {
        let (temp, dir) = temporary();
        let (first, new) = Root::open(&dir, &SeededEntropy::new(1), None).unwrap();
        assert!(
            new && is_access_key_id(&first.access_key_id)
                && is_secret(first.secret_access_key.expose())
        );
        assert_ne!(first.account, AccountId::DEV);
        let (second, new) = Root::open(&dir, &SeededEntropy::new(2), None).unwrap();
        assert!(!new);
        assert_eq!(first.text(), second.text());
        let (third, _) = Root::open(&dir, &SeededEntropy::new(2), Some(first.account)).unwrap();
        assert_eq!(third.principal(), format!("arn:aws:iam::{}:root", first.account));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = temp.path().join(FILE).metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn the_account_may_be_chosen_once() {
        let (_temp, dir) = temporary();
        let wish = "123456789012".parse().unwrap();
        let (root, _) = Root::open(&dir, &SeededEntropy::new(1), Some(wish)).unwrap();
        assert_eq!(root.account, wish);
        let other = Root::open(&dir, &SeededEntropy::new(1), Some(AccountId::DEV));
        assert!(matches!(other, Err(RootError::OtherAccount { .. })));
    }

    #[test]
    fn damage_is_an_error_with_a_reason_and_the_file_stays() {
        let (_temp, dir) = temporary();
        let (root, _) = Root::open(&dir, &SeededEntropy::new(1), None).unwrap();
        let good = root.text().to_string();
        let mut damaged = vec![String::new(), good.repeat(2), good.replace('\n', "\r\n")];
        let first_line = good.find('\n').unwrap() + 1;
        let ends = (0..good.len()).filter(|end| *end != first_line);
        damaged.extend(ends.map(|end| good[..end].to_owned()));
        damaged.push(good.replace("[default]", "[other]"));
        damaged.push(good.replace("SMRT", "AKIA"));
        damaged.push(format!("{good}aws_session_token = x\n"));
        for text in damaged {
            dir.replace(FILE, text.as_bytes(), 0o600).unwrap();
            let error = Root::open(&dir, &SeededEntropy::new(1), None).unwrap_err();
            assert!(matches!(error, RootError::Damaged(_)), "{text}");
            assert_eq!(dir.read(FILE).unwrap().unwrap(), text.as_bytes());
        }
    }

    #[test]
    fn a_new_key_is_drawn_for_an_account_that_is_left_alone() {
        let (_temp, dir) = temporary();
        let (old, _) = Root::open(&dir, &SeededEntropy::new(1), None).unwrap();
        let line = format!("# account {}\n", old.account);
        dir.replace(FILE, line.as_bytes(), 0o600).unwrap();
        let other = Root::open(&dir, &SeededEntropy::new(2), Some(AccountId::DEV));
        assert!(matches!(other, Err(RootError::OtherAccount { .. })));
        let (new, drawn) = Root::open(&dir, &SeededEntropy::new(2), None).unwrap();
        assert!(drawn && new.account == old.account);
        assert_ne!(new.access_key_id, old.access_key_id);
        let (kept, drawn) = Root::open(&dir, &SeededEntropy::new(3), None).unwrap();
        assert!(!drawn && kept.text() == new.text());
    }

    #[test]
    fn base32_is_of_fixed_length() {
        assert_eq!(base32([0; 10]), "A".repeat(16));
        assert_eq!(base32([255; 10]), "7".repeat(16));
        assert_eq!(base32(*b"0123456789"), "GAYTEMZUGU3DOOBZ");
    }
}
