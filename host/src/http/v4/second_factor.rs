//! The second factor of an account.

use std::io::Cursor;

use axum::Json;
use axum::extract::State;
use image::{GrayImage, ImageFormat, Luma};
use qrcodegen::{QrCode, QrCodeEcc};
use serde::{Deserialize, Serialize};

use super::{Done, ok};
use crate::access::AccountAccess;
use crate::app::App;
use crate::http::json as body;
use crate::http::problem::Problem;

/// Pixels of one square of a QR code, and the squares of white around it.
const SCALE: u32 = 4;
const MARGIN: i32 = 4;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct UpdateFactor {
    activate: Option<bool>,
    code: String,
}

/// A new secret. Only this response contains it.
#[derive(Serialize)]
pub(in crate::http) struct FactorResponse {
    secret: String,
    /// A PNG in base 64.
    qr_code: String,
}

/// `POST /users/{user_id}/mfa/generate`.
pub(in crate::http) async fn generate(
    State(app): State<App>,
    account: AccountAccess,
) -> Result<Json<FactorResponse>, Problem> {
    let made = app.access.prepare_second_factor(&account).await?;
    let qr_code = data_encoding::BASE64.encode(&picture(made.address.reveal()));
    Ok(Json(FactorResponse { secret: made.secret.reveal().to_owned(), qr_code }))
}

/// `PUT /users/{user_id}/mfa`: `{"activate": true, "code": "123456"}`, or `{"activate": false}`.
pub(in crate::http) async fn update(
    State(app): State<App>,
    account: AccountAccess,
    body::Json(new): body::Json<UpdateFactor>,
) -> Result<Json<Done>, Problem> {
    match new.activate {
        None => return Err(Problem::body("activate", "`activate` must be true or false")),
        Some(false) => app.access.remove_second_factor(&account).await?,
        Some(true) if new.code.is_empty() => {
            return Err(Problem::body("code", "`code` must be a code of the authenticator"));
        }
        Some(true) => app.access.activate_second_factor(&account, &new.code).await?,
    }
    Ok(ok())
}

/// Draws a text as a QR code. The texts of this file are far shorter than a code can hold.
fn picture(text: &str) -> Vec<u8> {
    let Ok(code) = QrCode::encode_text(text, QrCodeEcc::Medium) else { return Vec::new() };
    let side = u32::try_from(code.size() + 2 * MARGIN).unwrap_or_default() * SCALE;
    let dark = |at: u32| i32::try_from(at / SCALE).unwrap_or_default() - MARGIN;
    let drawn = GrayImage::from_fn(side, side, |x, y| {
        Luma([if code.get_module(dark(x), dark(y)) { 0 } else { 255 }])
    });
    let mut file = Cursor::new(Vec::new());
    // Writing to memory cannot fail.
    let _ = drawn.write_to(&mut file, ImageFormat::Png);
    file.into_inner()
}
