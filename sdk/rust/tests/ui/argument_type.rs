//! A type that cannot be read from a word.

use jackfield_sdk::prelude::*;

struct Sample;

#[plugin(id = "org.example.sample")]
impl Sample {
    #[command("/a")]
    fn a(_ctx: &Ctx, time: std::time::Duration) -> Result<Reply> {
        Ok(Reply::ephemeral(format!("{time:?}")))
    }
}

fn main() {}
