//! Parses which connection a client resumes, from the query of its upgrade.

use crate::bus::Resume;
use crate::http::params::Query;

/// Length of a connection's id.
const ID_LENGTH: usize = 26;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Start {
    Fresh,
    Resume(Resume),
    /// The request is refused, for this reason.
    Malformed(&'static str),
}

impl Start {
    /// Reads `connection_id` and `sequence_number`.
    pub(super) fn of(query: &Query) -> Self {
        let Some(connection_id) = query.get("connection_id") else { return Self::Fresh };
        if connection_id.len() != ID_LENGTH || !connection_id.bytes().all(|byte| byte.is_ascii_alphanumeric())
        {
            return Self::Malformed("`connection_id` must be the one of an earlier `hello`, or empty");
        }
        match query.text("sequence_number").parse() {
            Ok(sequence) => Self::Resume(Resume { connection_id, sequence }),
            Err(_) => Self::Malformed("`sequence_number` must be the number of the next event expected"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(query: &str) -> Start {
        Start::of(&Query::parse(query).unwrap())
    }

    #[test]
    fn an_empty_connection_id_is_a_fresh_start() {
        for query in ["", "connection_id=", "connection_id=&sequence_number=0", "sequence_number=7", "x=1"] {
            assert_eq!(of(query), Start::Fresh, "{query}");
        }
    }

    #[test]
    fn a_resume_needs_both_parameters() {
        let id = "a".repeat(26);
        let resume = Resume { connection_id: id.clone(), sequence: 7 };
        let query = format!("posted_ack=true&connection_id={id}&sequence_number=7");
        assert_eq!(of(&query), Start::Resume(resume));
        for number in ["", "&sequence_number=", "&sequence_number=-1", "&sequence_number=x"] {
            let start = of(&format!("connection_id={id}{number}"));
            assert!(matches!(start, Start::Malformed(_)), "{number}");
        }
        for id in ["x", &"a".repeat(27), &"%0A".repeat(26)] {
            let start = of(&format!("connection_id={id}&sequence_number=1"));
            assert!(matches!(start, Start::Malformed(_)), "{id}");
        }
    }
}
