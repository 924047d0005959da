//! Output of the command line.

use std::io::Write;

use super::Failure;

/// Prints a result to stdout. A reader that closed the pipe (`| head`) is not an error.
pub(super) fn say(text: impl std::fmt::Display) {
    drop(writeln!(std::io::stdout().lock(), "{text}"));
}

/// Prints progress and remarks to stderr.
pub(super) fn note(text: impl std::fmt::Display) {
    drop(writeln!(std::io::stderr().lock(), "{text}"));
}

/// Prints a failure with its causes to stderr.
pub(super) fn complain(failure: &Failure) {
    let mut text = failure.to_string();
    let mut source = failure.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        // Some errors include the text of their cause.
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    note(format_args!("jackfield: {text}"));
}
