//! Parameters of a request: ids in the path, and the query string. The first value of a repeated name counts.

use std::convert::Infallible;
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::problem::Problem;
use crate::model::{InvalidId, Timestamp};

/// Parses an id in the path, or returns the problem that names the parameter.
pub(super) fn id<T: FromStr<Err = InvalidId>>(name: &str, text: &str) -> Result<T, Problem> {
    text.parse().map_err(|error| Problem::parameter(name, error))
}

/// The query of a request.
pub(super) struct Query(String);

impl Query {
    /// Returns a value. An empty one counts as absent.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        let (_, value) = form_urlencoded::parse(self.0.as_bytes()).find(|(key, _)| key == name)?;
        (!value.is_empty()).then(|| value.into_owned())
    }

    pub(super) fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default()
    }

    /// Whether a value is true, in one of the spellings that Mattermost accepts.
    pub(super) fn flag(&self, name: &str) -> bool {
        matches!(self.text(name).as_str(), "1" | "t" | "T" | "true" | "True" | "TRUE")
    }

    /// Returns a number. A negative one, or a text that is not a number, counts as absent.
    pub(super) fn number(&self, name: &str) -> Option<i64> {
        self.get(name)?.parse().ok().filter(|number| *number >= 0)
    }

    pub(super) fn id<T: FromStr<Err = InvalidId>>(&self, name: &str) -> Result<Option<T>, Problem> {
        let id = self.get(name).map(|text| text.parse()).transpose();
        id.map_err(|error| Problem::parameter(name, error))
    }

    /// Returns a time in Unix milliseconds. 0 counts as absent.
    pub(super) fn moment(&self, name: &str) -> Result<Option<Timestamp>, Problem> {
        match self.get(name).map(|text| text.parse()) {
            None | Some(Ok(0)) => Ok(None),
            Some(Ok(millis)) => Ok(Some(Timestamp::from_millis(millis))),
            Some(Err(_)) => Err(Problem::parameter(name, "Unix milliseconds")),
        }
    }
}

impl From<&str> for Query {
    fn from(query: &str) -> Self {
        Self(query.to_owned())
    }
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::from(parts.uri.query().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absent_parameter_is_empty() {
        let query = Query::from("a=2&b=true&a=1&c=%20x&e=&e=3&f=1");
        assert_eq!(
            (query.text("a"), query.text("c"), query.text("d")),
            ("2".into(), " x".into(), String::new())
        );
        assert!(query.flag("b") && query.flag("f") && !query.flag("a") && !query.flag("d"));
        assert_eq!((query.number("a"), query.number("b"), query.number("e")), (Some(2), None, None));
    }
}
