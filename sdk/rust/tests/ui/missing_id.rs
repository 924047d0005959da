//! A plugin without an id.

use jackfield_sdk::prelude::*;

struct Sample;

#[plugin(name = "Sample")]
impl Sample {
    #[command("/a")]
    fn a(_ctx: &Ctx) -> Result<Reply> {
        Ok(Reply::none())
    }
}

fn main() {}
