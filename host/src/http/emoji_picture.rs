//! `GET /static/emoji/{file}`: pictures of standard emoji, which clients show in place of an author's picture. A file is
//! named after the code points of its emoji, such as `1f389.png`.
//!
//! The picture is an SVG that the reader's browser draws with its own font, whatever the file's name says.

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::problem::Problem;

/// Most code points of one emoji.
const MAX_POINTS: usize = 16;

pub(super) async fn get(Path(file): Path<String>) -> Result<Response, Problem> {
    let text = emoji(&file).ok_or_else(|| Problem::no_such_address(&format!("/static/emoji/{file}")))?;
    let picture = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 64 64\"><text x=\"32\" y=\"50\" font-size=\"48\" \
         text-anchor=\"middle\">{text}</text></svg>"
    );
    let headers = [
        (header::CONTENT_TYPE, "image/svg+xml"),
        // It is always the same.
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, picture).into_response())
}

/// Returns the standard emoji that a file is named after.
fn emoji(file: &str) -> Option<String> {
    let points = file.strip_suffix(".png")?.split('-').take(MAX_POINTS + 1);
    let text = points
        .map(|point| char::from_u32(u32::from_str_radix(point, 16).ok()?))
        .collect::<Option<String>>()?;
    emojis::get(&text).map(|emoji| emoji.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_after_code_points() {
        assert_eq!(emoji("1f389.png").as_deref(), Some("🎉"));
        assert_eq!(emoji("2764-fe0f.png").as_deref(), Some("❤️"));
        for file in ["1f389", "1f389.svg", "41.png", "d800.png", "x.png", ".png", "1f389-1f389.png"] {
            assert_eq!(emoji(file), None, "{file}");
        }
    }
}
