//! JSON bodies. The Content-Type is ignored, `null` counts as absent, and errors name the field.

use axum::extract::{FromRequest, Request};
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::problem::Problem;
use super::request_body::{ReceivedBody, receive};
use crate::app::App;
use crate::json::{self, AnyCase, holds_nul};

/// A JSON object as the body, or inside it. A field that is `null` counts as absent. Clients of v4 do not agree on a
/// Content-Type, so none is required.
#[derive(Debug, Default)]
pub(super) struct Json<T>(pub(super) T);

/// A JSON list as the body. A field that is `null` counts as absent in its objects, too.
pub(super) struct List<T>(pub(super) Vec<T>);

/// A raw body, within the server's size limit.
pub(super) struct Raw(pub(super) ReceivedBody);

impl FromRequest<App> for Raw {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        receive(request.into_body(), app.config.server.max_body, &app.budgets.bodies).await.map(Self)
    }
}

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let Raw(body) = Raw::from_request(request, app).await?;
        let mut fields: Map<String, Value> = json::first(&body.bytes)
            .map_err(|error| Problem::body("body", format!("the body is not the expected JSON: {error}")))?;
        if let Some((field, _)) = fields.iter().find(|(_, value)| holds_nul(value)) {
            return Err(Problem::body(field, format!("`{field}` holds a NUL character; remove it")));
        }
        drop_nulls(&mut fields);
        serde_path_to_error::deserialize(AnyCase(Value::Object(fields))).map(Self).map_err(|error| {
            let path = error.path().to_string();
            // serde reports the path of the body itself, for example when a field is missing, as a full stop.
            let field = if path == "." { "body" } else { path.as_str() };
            Problem::body(field, format!("`{field}` is not the expected JSON: {}", error.inner()))
        })
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Json<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The value goes through an object first, because serde would also accept a list of the struct's field values.
        let mut fields: Map<String, Value> = Map::deserialize(deserializer)?;
        if fields.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)) {
            return Err(D::Error::custom("a text holds a NUL character; remove it"));
        }
        drop_nulls(&mut fields);
        T::deserialize(AnyCase(Value::Object(fields))).map(Self).map_err(D::Error::custom)
    }
}

impl<T: DeserializeOwned> FromRequest<App> for List<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let Raw(body) = Raw::from_request(request, app).await?;
        let wrong = |error: serde_json::Error| {
            Problem::body("body", format!("the body is not the expected JSON list: {error}"))
        };
        let mut items: Vec<Value> = json::first(&body.bytes).map_err(wrong)?;
        if items.iter().any(|item| item.is_array() || holds_nul(item)) {
            return Err(Problem::body("body", "the list holds another list, or a NUL character; remove it"));
        }
        items.iter_mut().filter_map(Value::as_object_mut).for_each(drop_nulls);
        Vec::deserialize(AnyCase(Value::Array(items))).map(Self).map_err(wrong)
    }
}

fn drop_nulls(fields: &mut Map<String, Value>) {
    fields.retain(|_, value| !value.is_null());
}

/// Parses an id in a body, or returns an error that names its field.
pub(super) fn id<T: std::str::FromStr<Err = crate::model::InvalidId>>(
    field: &str,
    text: &str,
) -> Result<T, Problem> {
    text.parse().map_err(|error| Problem::body(field, format!("`{field}` is not valid: {error}")))
}

/// Parses an id that may be absent or empty.
pub(super) fn optional_id<T: std::str::FromStr<Err = crate::model::InvalidId>>(
    field: &str,
    text: &str,
) -> Result<Option<T>, Problem> {
    if text.is_empty() { Ok(None) } else { id(field, text).map(Some) }
}
