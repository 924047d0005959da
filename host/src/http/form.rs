//! Reads multipart forms part by part. Small texts are read whole; callers stream files.

use axum::extract::multipart::{Field, Multipart, MultipartError};

use super::problem::Problem;
use crate::blob::Bytes;

/// Returns the next part, if any.
pub(super) async fn next(form: &mut Multipart) -> Result<Option<Field<'_>>, Problem> {
    form.next_field().await.map_err(|error| broken(&error))
}

/// Returns the next chunk of a part, if any.
pub(super) async fn piece(part: &mut Field<'_>) -> Result<Option<Bytes>, Problem> {
    part.chunk().await.map_err(|error| broken(&error))
}

/// Reads a whole part of at most `limit` bytes.
pub(super) async fn whole(part: &mut Field<'_>, limit: usize) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    while let Some(piece) = piece(part).await? {
        if bytes.len() + piece.len() > limit {
            return Err(Problem::too_large(limit));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// Reads a part that is a text of at most `limit` bytes.
pub(super) async fn text(part: &mut Field<'_>, limit: usize) -> Result<String, Problem> {
    let name = part.name().unwrap_or_default().chars().take(40).collect::<String>();
    String::from_utf8(whole(part, limit).await?)
        .map_err(|_| Problem::body(&name, format!("the form's `{name}` is not UTF-8 text")))
}

/// Returns the problem for a part that the route does not know.
pub(super) fn unknown(part: &Field<'_>, known: &str) -> Problem {
    let name: String = part.name().unwrap_or_default().chars().take(40).collect();
    Problem::body("body", format!("the form has an unknown part `{name}`; send only {known}"))
}

fn broken(error: &MultipartError) -> Problem {
    Problem::body("body", format!("the form cannot be read: {}", error.body_text()))
}
