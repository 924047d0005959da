//! An argument without a name.

use jackfield_sdk::prelude::*;

struct Sample;

#[plugin(id = "org.example.sample")]
impl Sample {
    #[command("/a")]
    fn a(_ctx: &Ctx, (x, y): (u32, u32)) -> Result<Reply> {
        Ok(Reply::ephemeral(format!("{x} {y}")))
    }
}

fn main() {}
