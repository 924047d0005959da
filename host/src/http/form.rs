//! Reads multipart forms part by part, in bounded memory. Small texts are read whole; callers stream files.

use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};

use super::problem::{Code, Problem};
use super::request_body::{Pieces, larger};
use crate::app::App;
use crate::blob::{Bytes, UPLOAD};
use crate::budget::Reservation;
use crate::multipart::{Disposition, FormError, Item, Splitter};

/// A form that is being received.
pub(super) struct Form {
    pieces: Pieces,
    splitter: Splitter,
    /// For the splitter, and for the file that the form's data is written to.
    _memory: Reservation,
}

/// A part whose data is being received. Data that a handler leaves unread is skipped.
pub(super) struct Part<'f> {
    form: &'f mut Form,
    pub(super) disposition: Disposition,
    ended: bool,
}

impl FromRequest<App> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let content_type = request.headers().get(header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let splitter = Splitter::new(content_type).map_err(problem)?;
        let memory = app.budgets.bodies.reserve(UPLOAD).await?;
        let pieces = Pieces::of(request.into_body(), memory.budget());
        Ok(Self { pieces, splitter, _memory: memory })
    }
}

impl Form {
    /// Returns the next part, if any.
    pub(super) async fn next(&mut self) -> Result<Option<Part<'_>>, Problem> {
        loop {
            match self.item().await? {
                Item::Head(disposition) => {
                    return Ok(Some(Part { form: self, disposition, ended: false }));
                }
                Item::Data(_) | Item::DataEnd => {}
                Item::FormEnd => return Ok(None),
            }
        }
    }

    async fn item(&mut self) -> Result<Item, Problem> {
        loop {
            if let Some(item) = self.splitter.next_item().map_err(problem)? {
                return Ok(item);
            }
            let piece = self.pieces.next().await?;
            self.splitter.push(&piece.ok_or_else(|| problem(FormError::Cut))?);
        }
    }
}

impl Part<'_> {
    /// Returns the next piece of the part's data, if any.
    pub(super) async fn piece(&mut self) -> Result<Option<Bytes>, Problem> {
        if self.ended {
            return Ok(None);
        }
        if let Item::Data(data) = self.form.item().await? {
            return Ok(Some(data.into()));
        }
        self.ended = true;
        Ok(None)
    }

    /// Reads a whole part of at most `limit` bytes.
    pub(super) async fn whole(&mut self, limit: usize) -> Result<Vec<u8>, Problem> {
        let mut bytes = Vec::new();
        while let Some(piece) = self.piece().await? {
            if bytes.len() + piece.len() > limit {
                return Err(Problem::too_large(limit));
            }
            if let Some(capacity) = larger(&bytes, piece.len(), limit) {
                bytes.reserve_exact(capacity - bytes.len());
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }

    /// Reads a part that is a text of at most `limit` bytes.
    pub(super) async fn text(&mut self, limit: usize) -> Result<String, Problem> {
        let bytes = self.whole(limit).await?;
        let text = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
        text.ok_or_else(|| {
            let name = self.short_name();
            Problem::body(&name, format!("the form's `{name}` is not UTF-8 text, or holds a NUL character"))
        })
    }

    /// Returns the problem for a part that the route does not know.
    pub(super) fn unknown(&self, known: &str) -> Problem {
        let name = self.short_name();
        Problem::body("body", format!("the form has an unknown part `{name}`; send only {known}"))
    }

    fn short_name(&self) -> String {
        self.disposition.name.chars().take(40).collect()
    }
}

/// Returns the problem of a form: 413 at a limit, otherwise 400.
fn problem(error: FormError) -> Problem {
    let message = format!("the form cannot be read: {error}");
    if error.is_limit() {
        let id = "api.context.request_body_too_large.app_error";
        return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, Code::RequestTooLarge, id, message);
    }
    Problem::body("body", message)
}
