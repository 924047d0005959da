//! The data directory, and the key in it that seals secrets.

use std::path::Path;

use super::ServeError;
use crate::disk;
use crate::secret::Sealer;
use crate::store::Store;

/// The file with the key that seals secrets.
const KEY_FILE: &str = "seal.key";

/// Names that show that a directory is a data directory.
const MARKS: [&str; 2] = [KEY_FILE, "jackfield.db"];

/// Creates the data directory, or closes an existing one to other accounts: it holds messages, password hashes and
/// keys.
pub(crate) fn claim(data: &Path) -> Result<(), ServeError> {
    disk::claim_directory(data, &MARKS)
        .map_err(|source| ServeError::DataDirectory { path: data.display().to_string(), source })
}

/// Whether a server has been started on this data directory before.
pub(super) fn was_used(data: &Path) -> bool {
    data.join(KEY_FILE).exists()
}

/// Reads the key that this database's secrets are sealed with. The first start creates it; after that, a missing file
/// or another key is refused, because the server would answer each use of a secret with a failure.
pub(crate) async fn sealer(data: &Path, store: &Store) -> Result<Sealer, ServeError> {
    let path = data.join(KEY_FILE);
    let sealer = match Sealer::read_key_file(&path)? {
        None if store.key_check().await?.is_some() => {
            return Err(ServeError::NoKey { path: path.display().to_string() });
        }
        None => Sealer::from_key_file(&path)?,
        Some(sealer) => sealer,
    };
    let check = sealer.check_value();
    if store.adopt_key_check(check.reveal()).await? != check.reveal() {
        return Err(ServeError::OtherKey { path: path.display().to_string() });
    }
    Ok(sealer)
}

/// Makes the data directory's key, which is created if it is missing, the one of this database.
pub(crate) async fn replace_key(data: &Path, store: &Store) -> Result<(), ServeError> {
    let sealer = Sealer::from_key_file(&data.join(KEY_FILE))?;
    store.replace_key_check(sealer.check_value().reveal()).await?;
    Ok(())
}
