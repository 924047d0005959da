//! A parameter after one that takes all words.

use jackfield_sdk::prelude::*;

struct Sample;

#[plugin(id = "org.example.sample")]
impl Sample {
    #[command("/a")]
    fn a(_ctx: &Ctx, names: Vec<String>, last: String) -> Result<Reply> {
        Ok(Reply::ephemeral(format!("{names:?} {last}")))
    }

    #[command("/b")]
    fn b(_ctx: &Ctx, first: Option<String>, second: String) -> Result<Reply> {
        Ok(Reply::ephemeral(format!("{first:?} {second}")))
    }
}

fn main() {}
