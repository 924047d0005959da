//! A handler without the context.

use jackfield_sdk::prelude::*;

struct Sample;

#[plugin(id = "org.example.sample")]
impl Sample {
    #[command("/a")]
    fn a(name: String) -> Result<Reply> {
        Ok(Reply::ephemeral(name))
    }

    #[command("/b")]
    fn b(&self) -> Result<Reply> {
        Ok(Reply::none())
    }
}

fn main() {}
