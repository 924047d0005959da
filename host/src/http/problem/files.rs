//! What files and emoji can be refused for, as statuses.

use axum::http::StatusCode;

use super::Problem;
use crate::chat::FileError;

impl Problem {
    pub(in crate::http) fn no_such_range(size: u64) -> Self {
        let message = format!("the file has {size} bytes; the range asked for is not among them");
        Self::new(StatusCode::RANGE_NOT_SATISFIABLE, "api.file.get_file.range.app_error", message)
    }
}

impl From<FileError> for Problem {
    fn from(error: FileError) -> Self {
        let (status, id) = match error {
            FileError::Chat(error) => return error.into(),
            FileError::TooLarge(_) => {
                (StatusCode::PAYLOAD_TOO_LARGE, "api.file.upload_file.too_large.app_error")
            }
            FileError::TooMany => (StatusCode::BAD_REQUEST, "api.file.upload_file.too_many_files.app_error"),
            FileError::TooManyWaiting(_) => {
                (StatusCode::BAD_REQUEST, "api.file.upload_file.too_many_waiting.app_error")
            }
            FileError::TooManyEmoji(_) => (StatusCode::BAD_REQUEST, "api.emoji.create.too_many.app_error"),
            FileError::NoChannel => (StatusCode::BAD_REQUEST, "api.context.invalid_body_param.app_error"),
            FileError::NoPicture => {
                (StatusCode::BAD_REQUEST, "api.file.get_file_thumbnail.no_thumbnail.app_error")
            }
            FileError::EmojiPicture(_) => (StatusCode::BAD_REQUEST, "api.emoji.upload.image.app_error"),
            FileError::NoLinks => {
                (StatusCode::NOT_IMPLEMENTED, "api.file.get_public_link.disabled.app_error")
            }
            FileError::NotPosted => (StatusCode::BAD_REQUEST, "api.file.get_public_link.no_post.app_error"),
            FileError::WrongLink => (StatusCode::BAD_REQUEST, "api.file.get_file.public_invalid.app_error"),
            FileError::Stopping => (StatusCode::SERVICE_UNAVAILABLE, "api.context.stopping.app_error"),
            FileError::Picture(_) => {
                (StatusCode::BAD_REQUEST, "api.file.get_file_preview.no_preview.app_error")
            }
            FileError::Blob(_) => return Self::internal(&error),
        };
        Self::of(status, id, &error)
    }
}
