//! A command outside a plugin.

use jackfield_sdk::prelude::*;

struct Sample;

#[cfg(all())]
impl Sample {
    #[command("/a")]
    fn a(_ctx: &Ctx) -> Result<Reply> {
        Ok(Reply::none())
    }
}

fn main() {}
