//! Defaults that do not fit their types.

use jackfield_sdk::prelude::*;

struct Sample;

#[plugin(id = "org.example.sample")]
impl Sample {
    #[command("/a")]
    fn a(_ctx: &Ctx, #[default = "six"] count: u32) -> Result<Reply> {
        Ok(Reply::ephemeral(format!("{count}")))
    }

    #[command("/b")]
    fn b(_ctx: &Ctx, #[default = 1] count: Option<u32>) -> Result<Reply> {
        Ok(Reply::ephemeral(format!("{count:?}")))
    }
}

fn main() {}
