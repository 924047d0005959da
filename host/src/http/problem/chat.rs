//! Teams, channels, posts, files and emoji: errors as problems.

use axum::http::StatusCode;

use super::{Code, Problem};
use crate::blob::BlobError;
use crate::chat::{ChatError, FileError};

impl Problem {
    pub(in crate::http) fn no_such_range(size: u64) -> Self {
        let message = format!("the file has {size} bytes; the requested range is not among them");
        let id = "api.file.get_file.range.app_error";
        Self::new(StatusCode::RANGE_NOT_SATISFIABLE, Code::FileRangeInvalid, id, message)
    }
}

impl From<ChatError> for Problem {
    fn from(error: ChatError) -> Self {
        let (status, code, id) = match error {
            ChatError::NotFound(kind) => return Self::not_found(kind, &error),
            ChatError::Taken(kind) => return Self::taken(kind, &error),
            ChatError::Invalid { kind, field, .. } => return Self::invalid(kind, field, &error),
            ChatError::BadRoot => {
                (StatusCode::BAD_REQUEST, Code::PostInvalidRoot, "api.post.create_post.root_id.app_error")
            }
            ChatError::NoAcknowledgements => {
                (StatusCode::NOT_IMPLEMENTED, Code::NotOffered, "<untranslated>")
            }
            ChatError::RootElsewhere => (
                StatusCode::BAD_REQUEST,
                Code::PostInvalidRoot,
                "api.post.create_post.channel_root_id.app_error",
            ),
            ChatError::SystemKind => {
                (StatusCode::BAD_REQUEST, Code::RequestInvalidField, "api.context.invalid_param.app_error")
            }
            ChatError::TooLong { .. } => {
                (StatusCode::BAD_REQUEST, Code::PostTooLong, "model.post.is_valid.msg.app_error")
            }
            ChatError::TooManyEmoji { .. } => (
                StatusCode::BAD_REQUEST,
                Code::PostTooManyReactions,
                "app.reaction.save.save.too_many_reactions",
            ),
            // Clients that reorder a sidebar expect this status.
            ChatError::IncompleteOrder { .. } => (
                StatusCode::INTERNAL_SERVER_ERROR,
                Code::RequestInvalidField,
                "app.channel.sidebar_categories.app_error",
            ),
            ChatError::Access(error) => return error.into(),
            ChatError::Store(error) => return error.into(),
        };
        Self::of(status, code, id, &error)
    }
}

impl From<FileError> for Problem {
    #[expect(clippy::too_many_lines, reason = "a table with an arm for each error")]
    fn from(error: FileError) -> Self {
        let (status, code, id) = match error {
            FileError::Chat(error) => return error.into(),
            FileError::Busy(error) => return error.into(),
            FileError::TooLarge(_) => (
                StatusCode::PAYLOAD_TOO_LARGE,
                Code::FileTooLarge,
                "api.file.upload_file.too_large.app_error",
            ),
            FileError::Empty => (
                StatusCode::BAD_REQUEST,
                Code::RequestInvalidField,
                "api.file.upload_file.read_request.app_error",
            ),
            FileError::ClientIds { .. } => (
                StatusCode::BAD_REQUEST,
                Code::RequestInvalidField,
                "api.file.upload_file.incorrect_number_of_client_ids.app_error",
            ),
            FileError::TooMany => {
                (StatusCode::BAD_REQUEST, Code::FileTooMany, "api.file.upload_file.too_many_files.app_error")
            }
            FileError::TooManyWaiting(_) => (
                StatusCode::BAD_REQUEST,
                Code::FileTooManyWaiting,
                "api.file.upload_file.too_many_waiting.app_error",
            ),
            FileError::TooManyEmoji(_) => {
                (StatusCode::BAD_REQUEST, Code::EmojiLimit, "api.emoji.create.too_many.app_error")
            }
            FileError::UploadTooLarge(_) => (
                StatusCode::PAYLOAD_TOO_LARGE,
                Code::FileTooLarge,
                "api.upload.create.upload_too_large.app_error",
            ),
            FileError::TooManyUploads(_) => {
                (StatusCode::BAD_REQUEST, Code::FileTooManyWaiting, "api.upload.create.too_many.app_error")
            }
            FileError::OthersUpload => {
                (StatusCode::FORBIDDEN, Code::AuthForbidden, "api.upload.get_upload.forbidden.app_error")
            }
            FileError::UnexpectedLength(_) => (
                StatusCode::BAD_REQUEST,
                Code::RequestInvalidField,
                "api.upload.upload_data.invalid_content_length",
            ),
            FileError::SmallPiece(_) => (
                StatusCode::BAD_REQUEST,
                Code::RequestInvalidField,
                "app.upload.upload_data.first_part_too_small.app_error",
            ),
            FileError::ConcurrentPieces => {
                (StatusCode::BAD_REQUEST, Code::ServerConflict, "app.upload.upload_data.concurrent.app_error")
            }
            FileError::NoChannel => return Self::body("channel_id", error.to_string()),
            FileError::NoPicture => (
                StatusCode::BAD_REQUEST,
                Code::FileNoPicture,
                "api.file.get_file_thumbnail.no_thumbnail.app_error",
            ),
            FileError::Avatar(_) => (
                StatusCode::BAD_REQUEST,
                Code::FileNoPicture,
                "api.user.upload_profile_user.encode.app_error",
            ),
            FileError::TeamPicture(_) => {
                (StatusCode::BAD_REQUEST, Code::FileNoPicture, "api.team.set_team_icon.decode.app_error")
            }
            FileError::EmojiPicture(_) => {
                (StatusCode::BAD_REQUEST, Code::EmojiInvalidPicture, "api.emoji.upload.image.app_error")
            }
            FileError::NoLinks => (
                StatusCode::NOT_IMPLEMENTED,
                Code::FileLinksDisabled,
                "api.file.get_public_link.disabled.app_error",
            ),
            FileError::NotPosted => {
                (StatusCode::BAD_REQUEST, Code::FileNotPosted, "api.file.get_public_link.no_post.app_error")
            }
            FileError::WrongLink => {
                (StatusCode::BAD_REQUEST, Code::FileLinkInvalid, "api.file.get_file.public_invalid.app_error")
            }
            FileError::Stopping => {
                (StatusCode::SERVICE_UNAVAILABLE, Code::ServerStopping, "api.context.stopping.app_error")
            }
            FileError::Picture(_) => (
                StatusCode::BAD_REQUEST,
                Code::FileNoPicture,
                "api.file.get_file_preview.no_preview.app_error",
            ),
            FileError::Blob(BlobError::Full) => return Self::full(&error),
            FileError::Blob(BlobError::Unavailable) => return Self::unavailable(&error),
            FileError::Blob(_) => return Self::internal(&error),
        };
        Self::of(status, code, id, &error)
    }
}
