//! What the address of an upgrade says about the connection that its client had before.

use crate::bus::Resume;
use crate::http::params::Query;

/// Length of a connection's id.
const ID_LENGTH: usize = 26;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Fresh,
    Resume(Resume),
    /// Neither; with the reason.
    Nonsense(&'static str),
}

impl Wanted {
    /// Reads `connection_id` and `sequence_number`.
    pub(super) fn of(query: &Query) -> Self {
        let Some(connection_id) = query.get("connection_id") else { return Self::Fresh };
        if connection_id.len() != ID_LENGTH || !connection_id.bytes().all(|byte| byte.is_ascii_alphanumeric())
        {
            return Self::Nonsense("`connection_id` must be the one of an earlier `hello`, or empty");
        }
        match query.text("sequence_number").parse() {
            Ok(sequence) => Self::Resume(Resume { connection_id, sequence }),
            Err(_) => Self::Nonsense("`sequence_number` must be the number of the next event expected"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(query: &str) -> Wanted {
        Wanted::of(&Query::from(query))
    }

    #[test]
    fn an_empty_connection_is_a_fresh_start() {
        for query in ["", "connection_id=", "connection_id=&sequence_number=0", "sequence_number=7", "x=1"] {
            assert_eq!(of(query), Wanted::Fresh, "{query}");
        }
    }

    #[test]
    fn both_or_nothing() {
        let id = "a".repeat(26);
        let resume = Resume { connection_id: id.clone(), sequence: 7 };
        let query = format!("posted_ack=true&connection_id={id}&sequence_number=7");
        assert_eq!(of(&query), Wanted::Resume(resume));
        for number in ["", "&sequence_number=", "&sequence_number=-1", "&sequence_number=x"] {
            let wanted = of(&format!("connection_id={id}{number}"));
            assert!(matches!(wanted, Wanted::Nonsense(_)), "{number}");
        }
        for id in ["x", &"a".repeat(27), &"%00".repeat(26)] {
            let wanted = of(&format!("connection_id={id}&sequence_number=1"));
            assert!(matches!(wanted, Wanted::Nonsense(_)), "{id}");
        }
    }
}
