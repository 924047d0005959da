//! A bridge with the wrong signature.

use jackfield_sdk::prelude::*;

struct Sample;

#[plugin(id = "org.example.sample")]
impl Sample {
    #[bridge("a", verifier = "none")]
    fn a(_ctx: &Ctx, body: String) -> Result<Outcome> {
        Ok(Outcome::message(body))
    }

    #[bridge("b", verifier = "gitlab")]
    fn b(_ctx: &Ctx, _request: &Request) -> Result<Outcome> {
        Ok(Outcome::ignored("all"))
    }
}

fn main() {}
