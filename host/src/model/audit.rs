//! Who changed what: one row per change, with the state before and after.

use serde_json::Value;

use super::{AuditId, Timestamp, UserId};

/// Longest text in an audit row, in characters; the rest of it is cut. Rows are kept for long, and users cause them.
const MAX_TEXT: usize = 500;

#[derive(Debug, Clone, PartialEq, serde::Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Audit {
    pub id: AuditId,
    /// `None` if no user was signed in, as on the command line.
    pub actor_id: Option<UserId>,
    /// What was done, e.g. `user.roles`.
    pub action: String,
    /// The kind of thing that was changed, e.g. `user`.
    pub thing: String,
    pub thing_id: String,
    #[serde(rename = "before")]
    #[schema(value_type = Option<Object>)]
    #[sqlx(json(nullable))]
    pub was: Option<Value>,
    #[serde(rename = "after")]
    #[schema(value_type = Option<Object>)]
    #[sqlx(json(nullable))]
    pub became: Option<Value>,
    pub create_at: Timestamp,
}

/// Cuts the texts of a value of an audit row.
pub fn shortened(value: &Value) -> Value {
    match value {
        Value::String(text) => match text.char_indices().nth(MAX_TEXT) {
            Some((end, _)) => Value::String(format!("{}…", &text[..end])),
            None => Value::String(text.clone()),
        },
        Value::Array(list) => list.iter().map(shortened).collect(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), shortened(value))).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn long_texts_of_an_audit_row_are_cut() {
        let (kept, long) = ("ü".repeat(MAX_TEXT), "ü".repeat(MAX_TEXT + 1));
        let was = json!({"a": [kept, 1], "b": {"c": long}});
        assert_eq!(shortened(&was), json!({"a": [kept, 1], "b": {"c": format!("{kept}…")}}));
    }
}
