//! Reads webhooks of another service and says in the channel what happened.

use jackfield_sdk::prelude::*;
use serde::Deserialize;

struct TYPE;

/// What the other service sends.
#[derive(Deserialize)]
struct Event {
    #[serde(default)]
    title: String,
}

/// Reads webhooks of another service.
#[plugin(id = "PLUGIN_ID")]
impl TYPE {
    /// Every client that knows the address may send: `verifier = "none"`.
    #[bridge("NAME", verifier = "none")]
    fn receive(_ctx: &Ctx, request: &Request) -> Result<Outcome> {
        let event: Event = request.json()?;
        if event.title.is_empty() {
            return Ok(Outcome::ignored("an event without a title"));
        }
        Ok(Outcome::message(event.title))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jackfield_testkit::TestHost;

    #[test]
    fn says_the_title() {
        let outcome = TestHost::new().bridge::<TYPE>("NAME", &[], br#"{"title":"It works"}"#);
        assert_eq!(outcome, Ok(Outcome::message("It works")));
    }

    #[test]
    fn ignores_what_has_no_title() {
        let outcome = TestHost::new().bridge::<TYPE>("NAME", &[], b"{}");
        assert_eq!(outcome, Ok(Outcome::ignored("an event without a title")));
    }
}
