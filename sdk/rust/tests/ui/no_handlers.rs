//! An impl block that handles nothing.

use jackfield_sdk::prelude::*;

struct Sample;

#[plugin(id = "org.example.sample")]
impl Sample {
    fn a(_ctx: &Ctx) -> Result<Reply> {
        Ok(Reply::none())
    }
}

fn main() {}
