//! Triggers that no user could type.

use jackfield_sdk::prelude::*;

struct Sample;

#[plugin(id = "org.example.sample")]
impl Sample {
    #[command("a")]
    fn a(_ctx: &Ctx) -> Result<Reply> {
        Ok(Reply::none())
    }

    #[command("/A b")]
    fn b(_ctx: &Ctx) -> Result<Reply> {
        Ok(Reply::none())
    }
}

fn main() {}
