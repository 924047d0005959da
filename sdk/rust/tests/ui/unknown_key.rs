//! A key that the attribute does not have.

use jackfield_sdk::prelude::*;

struct Sample;

#[plugin(id = "org.example.sample", nmae = "Sample")]
impl Sample {
    #[command("/a")]
    fn a(_ctx: &Ctx) -> Result<Reply> {
        Ok(Reply::none())
    }
}

fn main() {}
