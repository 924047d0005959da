//! The two ways a template fails: it cannot be used at all, or not with this data. Both name the place.

use thiserror::Error;

/// A template that cannot be used, found before anything is rendered.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("template `{template}`, line {line}, column {column}: {reason}")]
pub struct TemplateError {
    pub template: String,
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1.
    pub column: usize,
    pub reason: String,
}

/// A rendering that failed, most often because the data lacks a field.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("template `{template}`{}: {reason}", place(*.line, *.column))]
pub struct RenderError {
    pub template: String,
    /// Counted from 1; None if the failure has no place, for example if there is no such template.
    pub line: Option<usize>,
    /// Counted from 1.
    pub column: Option<usize>,
    pub reason: String,
}

fn place(line: Option<usize>, column: Option<usize>) -> String {
    match (line, column) {
        (Some(line), Some(column)) => format!(", line {line}, column {column}"),
        _ => String::new(),
    }
}
