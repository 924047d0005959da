//! An id that is not a reversed domain name.

use jackfield_sdk::prelude::*;

struct Sample;

#[plugin(id = "Sample")]
impl Sample {
    #[command("/a")]
    fn a(_ctx: &Ctx) -> Result<Reply> {
        Ok(Reply::none())
    }
}

fn main() {}
