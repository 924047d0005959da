//! What the macros refuse, and at which of the author's lines. After changing a message, review the diff of
//! `TRYBUILD=overwrite cargo test -p jackfield-sdk --test compile_errors`.

#[test]
fn mistakes_are_shown_at_the_authors_line() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
