//! Credentials: random, compared in constant time, stored as digests or sealed, never printed.

use std::fmt;
use std::path::Path;

use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::disk;
use crate::model::{HookId, KEY_LENGTH};

/// The alphabet of random ids: 32 letters, so that five bits make one character without bias.
const ALPHABET: &[u8; 32] = b"ybndrfg8ejkmcpqxot1uwisza345h769";

/// A text that must not appear in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// Seals secrets that must be read back, such as a hook's shared secret, with a key stored outside the database.
#[derive(Clone)]
pub struct Sealer(XChaCha20Poly1305, [u8; 32]);

#[derive(Debug, thiserror::Error)]
pub enum SealError {
    #[error("cannot read or write the key file {path}; let the server's account do so: {source}")]
    KeyFile { path: String, source: std::io::Error },
    #[error(
        "the key file {path} does not hold 64 hexadecimal digits; restore it from a backup, or remove it and lose the sealed secrets"
    )]
    BadKey { path: String },
    #[error(
        "the key file {path} belongs to another account ({owner}); run `chown` to give it to the server's account"
    )]
    ForeignKey { path: String, owner: u32 },
    #[error(
        "a secret was sealed with another key; restore the data directory's `seal.key` from a backup, or set the secret again"
    )]
    WrongKey,
}

/// Returns bytes from the operating system's generator.
#[expect(
    clippy::missing_panics_doc,
    reason = "the generator of the operating system does not fail on a running system"
)]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SysRng.try_fill_bytes(&mut bytes).expect("the operating system's random generator works");
    bytes
}

/// Returns 26 characters `[a-z0-9]`, 130 random bits, for tokens, hook ids and call ids.
pub fn random_id() -> String {
    random_bytes::<26>().iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect()
}

/// Returns a key for the signed API: lower-case letters and digits, 160 random bits.
pub fn random_key() -> Secret {
    let letter = |byte: &u8| char::from(ALPHABET[usize::from(byte & 31)]);
    Secret(random_bytes::<KEY_LENGTH>().iter().map(letter).collect())
}

pub fn random_hook_id() -> HookId {
    HookId::try_from(random_id()).unwrap_or_else(|_| unreachable!("a random id is 26 letters and digits"))
}

/// Returns the SHA-256 digest as lower-case hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
}

/// Whether two texts are equal, compared in constant time.
pub fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

/// Whether `tag` is the HMAC-SHA256 of `data` under `key`, in constant time.
pub fn hmac_sha256_matches(key: &[u8], data: &[u8], tag: &[u8]) -> bool {
    Hmac::<Sha256>::new_from_slice(key).is_ok_and(|mac| mac.chain_update(data).verify_slice(tag).is_ok())
}

/// Returns the HMAC-SHA256 of these parts, one after the other, under `key`, in base64.
pub fn hmac_sha256_base64(key: &[u8], parts: &[&[u8]]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(key);
    let mac = mac.map(|mac| parts.iter().fold(mac, Mac::chain_update));
    // HMAC accepts a key of any length.
    mac.map(|mac| data_encoding::BASE64.encode(&mac.finalize().into_bytes())).unwrap_or_default()
}

/// Returns the HMAC-SHA256 of `data` under `key`, as lower-case hex.
pub fn hmac_sha256_hex(key: &[u8], data: &[u8]) -> String {
    hmac_sha256_hex_of(key, &[data])
}

/// Returns the HMAC-SHA256 of these parts, one after the other, under `key`, as lower-case hex.
pub fn hmac_sha256_hex_of(key: &[u8], parts: &[&[u8]]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(key);
    let mac = mac.map(|mac| parts.iter().fold(mac, Mac::chain_update));
    // HMAC accepts a key of any length.
    mac.map(|mac| data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes())).unwrap_or_default()
}

// === impl Secret ===

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Creates a token of 130 random bits.
    pub fn random() -> Self {
        Self(random_id())
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Returns the digest that is stored instead of the secret.
    pub fn digest(&self) -> String {
        sha256_hex(self.0.as_bytes())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

// === impl Sealer ===

impl Sealer {
    pub fn new(key: &[u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(&Key::from(*key)), *key)
    }

    /// Reads this installation's key from `path`, or creates it there if it does not exist.
    pub fn from_key_file(path: &Path) -> Result<Self, SealError> {
        match Self::read_key_file(path)? {
            Some(sealer) => Ok(sealer),
            None => Self::create_key_file(path),
        }
    }

    /// Reads the key from `path`, if the file exists. A file that other accounts may read is closed to them, and one
    /// that belongs to another account is refused.
    pub fn read_key_file(path: &Path) -> Result<Option<Self>, SealError> {
        let failed = |source| SealError::KeyFile { path: path.display().to_string(), source };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        if let Some(owner) = disk::foreign_owner(path).map_err(failed)? {
            return Err(SealError::ForeignKey { path: path.display().to_string(), owner });
        }
        if disk::tighten(path).map_err(failed)? {
            tracing::warn!(path = %path.display(), "other accounts could read the key file; it is closed to them now");
        }
        let key = data_encoding::HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).ok();
        match key.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()) {
            Some(key) => Ok(Some(Self::new(&key))),
            None => Err(SealError::BadKey { path: path.display().to_string() }),
        }
    }

    /// Creates a key at `path`. Of two processes that start at the same time one wins, and both use its key.
    fn create_key_file(path: &Path) -> Result<Self, SealError> {
        use std::io::Write;
        let key = random_bytes::<32>();
        let written = disk::create_file(path).and_then(|mut file| {
            file.write_all(data_encoding::HEXLOWER.encode(&key).as_bytes())?;
            file.sync_all()
        });
        match written {
            Ok(()) => Ok(Self::new(&key)),
            Err(source) if source.kind() == std::io::ErrorKind::AlreadyExists => Self::read_key_file(path)?
                .ok_or(SealError::KeyFile { path: path.display().to_string(), source }),
            Err(source) => Err(SealError::KeyFile { path: path.display().to_string(), source }),
        }
    }

    /// Returns a text that tells this key from others, and reveals nothing about it.
    pub fn check_value(&self) -> Secret {
        self.derived("check value of the key")
    }

    /// Derives a key for another purpose, which reveals nothing about this one.
    pub fn derived(&self, purpose: &str) -> Secret {
        Secret(hmac_sha256_hex(&self.1, purpose.as_bytes()))
    }

    pub fn seal(&self, secret: &Secret) -> Vec<u8> {
        let nonce = random_bytes::<24>();
        let sealed = self.0.encrypt(&XNonce::from(nonce), secret.0.as_bytes()).unwrap_or_default();
        [&nonce[..], &sealed].concat()
    }

    pub fn open(&self, sealed: &[u8]) -> Result<Secret, SealError> {
        let (nonce, sealed) = sealed.split_first_chunk::<24>().ok_or(SealError::WrongKey)?;
        let bytes = self.0.decrypt(&XNonce::from(*nonce), sealed).map_err(|_| SealError::WrongKey)?;
        String::from_utf8(bytes).map(Secret).map_err(|_| SealError::WrongKey)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_printed() {
        assert_eq!(format!("{:?} {:?}", Secret::new("hunter2"), Sealer::new(&[7; 32])), "Secret Sealer");
    }

    #[test]
    fn sealed_text_opens_only_with_the_same_key() {
        let sealed = Sealer::new(&[7; 32]).seal(&Secret::new("hunter2"));
        assert_eq!(Sealer::new(&[7; 32]).open(&sealed).unwrap().reveal(), "hunter2");
        assert!(matches!(Sealer::new(&[8; 32]).open(&sealed), Err(SealError::WrongKey)));
        assert!(!sealed.windows(7).any(|part| part == b"hunter2"));
    }

    #[test]
    fn a_derived_key_depends_on_purpose_and_installation() {
        let derived = |key, purpose: &str| Sealer::new(&[key; 32]).derived(purpose).reveal().to_owned();
        assert_eq!(derived(7, "links"), derived(7, "links"));
        assert_ne!(derived(7, "links"), derived(7, "other"));
        assert_ne!(derived(7, "links"), derived(8, "links"));
    }

    #[test]
    fn a_key_file_is_created_once_and_closed_to_other_accounts() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seal.key");
        assert!(Sealer::read_key_file(&path).unwrap().is_none());
        let sealed = Sealer::from_key_file(&path).unwrap().seal(&Secret::new("hunter2"));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(Sealer::from_key_file(&path).unwrap().open(&sealed).unwrap().reveal(), "hunter2");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&path, "no key").unwrap();
        assert!(matches!(Sealer::from_key_file(&path), Err(SealError::BadKey { .. })));
    }

    #[test]
    fn githubs_published_sample_verifies() {
        let tag = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        let tag = data_encoding::HEXLOWER.decode(tag.as_bytes()).unwrap();
        assert!(hmac_sha256_matches(b"It's a Secret to Everybody", b"Hello, World!", &tag));
        assert!(!hmac_sha256_matches(b"It's a Secret to Everybody", b"Hello, World?", &tag));
    }

    #[test]
    fn random_ids_have_the_length_and_letters_of_an_id() {
        let id = random_id();
        assert_eq!(id.len(), 26);
        assert!(id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
        assert_ne!(id, random_id());
    }
}
