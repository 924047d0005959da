//! A folder of templates that does not exist.

use jackfield_sdk::prelude::*;

struct Sample;

#[plugin(id = "org.example.sample", templates = "tmeplates")]
impl Sample {
    #[command("/a")]
    fn a(_ctx: &Ctx) -> Result<Reply> {
        Ok(Reply::none())
    }
}

fn main() {}
