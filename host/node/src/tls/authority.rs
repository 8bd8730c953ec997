//! An authority of the data directory's own, for those who have no certificate: it signs the one that the
//! server shows, and whoever trusts it needs no other.
//!
//! Only the authority is kept, in `tls/` of the data directory. What it signs lives in memory, is new with each
//! start and good for some weeks, so a key that leaks from memory is soon worth nothing. Keys are P-256, because
//! all clients know it and it is made in a millisecond.

use domain::Millis;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use stdx::DataDir;
use zeroize::Zeroizing;

use super::pem;

const FOLDER: &str = "tls";
const KEY: &str = "ca.key";
const CERTIFICATE: &str = "ca.crt";

/// Those who trust it would have to be told of another.
const AUTHORITY_DAYS: i64 = 10 * 365;
/// Less than any client's bound on what it accepts.
const ISSUED_DAYS: i64 = 90;
/// How long after its issue a certificate is replaced.
pub(super) const RENEWED_AFTER_MS: u64 = 60 * DAY_MS;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// A certificate and a key that nobody else has.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: String,
}

/// A certificate for the server and its key, in PEM.
pub(super) struct Issued {
    pub(super) chain: String,
    pub(super) key: Zeroizing<String>,
}

/// Why there is no authority.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthorityError {
    #[error("access {FOLDER} in the data directory")]
    Io(#[from] std::io::Error),
    #[error(
        "{FOLDER}/{KEY} is damaged: it must be a private key as this program writes it; restore it from a \
         backup, or remove it together with {FOLDER}/{CERTIFICATE} to get a new authority, which clients must \
         be told to trust"
    )]
    KeyDamaged,
    #[error(
        "{FOLDER}/{CERTIFICATE} does not belong to {FOLDER}/{KEY}; restore it from a backup, or remove it to have \
         it made again"
    )]
    CertificateDamaged,
    #[error("make keys and certificates")]
    Make(#[from] rcgen::Error),
    #[error("the clock shows a time outside of the calendar")]
    Clock,
}

impl Authority {
    /// The authority of this data directory, made if there is none yet. The directory's lock must be held.
    ///
    /// # Errors
    /// [`AuthorityError`] if its files cannot be read or written, or are damaged.
    pub(crate) fn open(dir: &DataDir, now: Millis) -> Result<Self, AuthorityError> {
        let folder = dir.subdir(FOLDER)?;
        folder.remove_leftovers()?;
        let key = match folder.read(KEY)?.map(Zeroizing::new) {
            Some(text) => read_key(&text)?,
            None => {
                // A certificate whose key is gone is of no use to anybody.
                folder.remove(CERTIFICATE)?;
                let key = KeyPair::generate()?;
                let text = Zeroizing::new(pem::encode("PRIVATE KEY", key.serialized_der()));
                folder.replace(KEY, text.as_bytes(), 0o600)?;
                key
            }
        };
        let params = authority(&key, now)?;
        let certificate = match folder.read(CERTIFICATE)? {
            Some(text) => check_certificate(text, &key)?,
            None => {
                let made = params.self_signed(&key)?;
                let text = pem::encode("CERTIFICATE", made.der());
                folder.replace(CERTIFICATE, text.as_bytes(), 0o644)?;
                text
            }
        };
        Ok(Self { issuer: Issuer::new(params, key), certificate })
    }

    /// What those who trust it are given, if there is one.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn find(dir: &DataDir) -> std::io::Result<Option<Vec<u8>>> {
        dir.read(&format!("{FOLDER}/{CERTIFICATE}"))
    }

    /// Its certificate, in PEM.
    pub(crate) fn certificate(&self) -> &str {
        &self.certificate
    }

    /// A certificate for a server that is known by these names and addresses.
    pub(super) fn issue(&self, names: &[String], now: Millis) -> Result<Issued, AuthorityError> {
        let mut params = CertificateParams::new(names.to_vec())?;
        params.distinguished_name.push(DnType::CommonName, "Shardmill");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        last(&mut params, now, ISSUED_DAYS)?;
        let key = KeyPair::generate()?;
        let made = params.signed_by(&key, &self.issuer)?;
        Ok(Issued {
            chain: pem::encode("CERTIFICATE", made.der()),
            key: Zeroizing::new(pem::encode("PRIVATE KEY", key.serialized_der())),
        })
    }
}

/// What an authority's certificate says. Its name follows from the key, so that two are told apart in a
/// client's list, and the issuer can be made again from the key alone.
fn authority(key: &KeyPair, now: Millis) -> Result<CertificateParams, AuthorityError> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name(key));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    last(&mut params, now, AUTHORITY_DAYS)?;
    Ok(params)
}

fn name(key: &KeyPair) -> String {
    let hash = blake3::hash(key.public_key_raw());
    format!("Shardmill local authority {}", &hash.to_hex()[..8])
}

/// From yesterday, for clients whose clocks are slow.
fn last(params: &mut CertificateParams, now: Millis, days: i64) -> Result<(), AuthorityError> {
    let day = |after: i64| -> Result<Date, AuthorityError> {
        let ms = i64::try_from(now.0).map_err(|_beyond| AuthorityError::Clock)?;
        let moment = Timestamp::from_millisecond(ms).map_err(|_beyond| AuthorityError::Clock)?;
        let today = moment.to_zoned(TimeZone::UTC).date();
        let span = jiff::Span::new().try_days(after).map_err(|_beyond| AuthorityError::Clock)?;
        today.checked_add(span).map_err(|_beyond| AuthorityError::Clock)
    };
    for (place, after) in [(&mut params.not_before, -1), (&mut params.not_after, days)] {
        let date = day(after)?;
        let part = |part: i8| u8::try_from(part).map_err(|_negative| AuthorityError::Clock);
        *place = date_time_ymd(date.year().into(), part(date.month())?, part(date.day())?);
    }
    Ok(())
}

fn read_key(text: &[u8]) -> Result<KeyPair, AuthorityError> {
    let text = str::from_utf8(text).map_err(|_not_text| AuthorityError::KeyDamaged)?;
    let der = pem::decode("PRIVATE KEY", text).map(Zeroizing::new);
    let der = der.ok_or(AuthorityError::KeyDamaged)?;
    let key = KeyPair::try_from(der.as_slice());
    key.map_err(|_not_a_key| AuthorityError::KeyDamaged)
}

/// Its text, if it names this key.
fn check_certificate(text: Vec<u8>, key: &KeyPair) -> Result<String, AuthorityError> {
    let damaged = || AuthorityError::CertificateDamaged;
    let text = String::from_utf8(text).map_err(|_not_text| damaged())?;
    let der = pem::decode("CERTIFICATE", &text).ok_or_else(damaged)?;
    let holds = |part: &[u8]| der.windows(part.len()).any(|window| window == part);
    if holds(key.public_key_raw()) && holds(name(key).as_bytes()) {
        Ok(text)
    } else {
        Err(damaged())
    }
}

#[cfg(test)]
mod tests;
