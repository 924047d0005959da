//! What an address asks after its `?`: each name once, and what is there twice counts as first said.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

/// The query of a request.
pub(super) struct Query(String);

impl Query {
    pub(super) fn text(&self, name: &str) -> String {
        let found = form_urlencoded::parse(self.0.as_bytes()).find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned()).unwrap_or_default()
    }

    /// Whether something is asked for, as `true`.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.text(name) == "true"
    }
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.uri.query().unwrap_or_default().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_empty() {
        let query = Query("a=1&b=true&a=2&c=%20x".to_owned());
        assert_eq!(
            (query.text("a"), query.text("c"), query.text("d")),
            ("1".into(), " x".into(), String::new())
        );
        assert!(query.flag("b") && !query.flag("a") && !query.flag("d"));
    }
}
