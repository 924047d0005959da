//! Parameters of a request: ids in the path, and the query string. The first value of a repeated name counts.

use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::problem::Problem;
use crate::model::{InvalidId, Timestamp};

/// Parses an id in the path, or returns the problem that names the parameter.
pub(super) fn id<T: FromStr<Err = InvalidId>>(name: &str, text: &str) -> Result<T, Problem> {
    text.parse().map_err(|error| Problem::parameter(name, error))
}

/// The query of a request. No value in it holds NUL.
pub(super) struct Query(String);

impl Query {
    pub(super) fn parse(query: &str) -> Result<Self, Problem> {
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            check_no_nul(&name, &value)?;
        }
        Ok(Self(query.to_owned()))
    }

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
            Some(Err(_)) => Err(Problem::parameter(name, "it must be Unix milliseconds")),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::parse(parts.uri.query().unwrap_or_default())
    }
}

/// Refuses NUL on both databases, because PostgreSQL cannot store or compare it.
pub(super) fn check_no_nul(name: &str, value: &str) -> Result<(), Problem> {
    if value.contains('\0') {
        Err(Problem::parameter(name, "it holds a NUL character; remove it"))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absent_parameter_is_empty() {
        let query = Query::parse("a=2&b=true&a=1&c=%20x&e=&e=3&f=1").unwrap();
        assert_eq!(
            (query.text("a"), query.text("c"), query.text("d")),
            ("2".into(), " x".into(), String::new())
        );
        assert!(query.flag("b") && query.flag("f") && !query.flag("a") && !query.flag("d"));
        assert_eq!((query.number("a"), query.number("b"), query.number("e")), (Some(2), None, None));
    }
    #[test]
    fn a_value_with_a_nul_character_is_refused() {
        for query in ["a=%00", "a=1&b=x%00y", "a=1&a=%00"] {
            assert!(Query::parse(query).is_err(), "{query}");
        }
        assert!(Query::parse("a=%2500&b=0").is_ok());
    }
}
