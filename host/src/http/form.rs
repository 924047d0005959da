//! Multipart forms, part by part. Small texts are read whole; callers stream files.

use axum::extract::multipart::{Field, Multipart, MultipartError};

use super::problem::Problem;
use crate::blob::Bytes;

/// The next part, if there is one.
pub(super) async fn next(form: &mut Multipart) -> Result<Option<Field<'_>>, Problem> {
    form.next_field().await.map_err(|error| broken(&error))
}

/// The next piece of a part, if there is one.
pub(super) async fn piece(part: &mut Field<'_>) -> Result<Option<Bytes>, Problem> {
    part.chunk().await.map_err(|error| broken(&error))
}

/// A whole part of at most `limit` bytes.
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

/// A part that is a text of at most `limit` bytes.
pub(super) async fn text(part: &mut Field<'_>, limit: usize) -> Result<String, Problem> {
    let name = part.name().unwrap_or_default().chars().take(40).collect::<String>();
    String::from_utf8(whole(part, limit).await?)
        .map_err(|_| Problem::body(&name, format!("the form's `{name}` is not UTF-8 text")))
}

/// The problem of a part that the route does not know.
pub(super) fn unknown(part: &Field<'_>, known: &str) -> Problem {
    let name: String = part.name().unwrap_or_default().chars().take(40).collect();
    Problem::body("body", format!("the form has an unknown part `{name}`; send only {known}"))
}

fn broken(error: &MultipartError) -> Problem {
    Problem::body("body", format!("the form cannot be read: {}", error.body_text()))
}
