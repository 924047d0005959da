//! A choice whose variants have fields.

use jackfield_sdk::prelude::*;

#[derive(Choice)]
enum Stage {
    Staging,
    Other(String),
}

fn main() {}
