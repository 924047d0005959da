//! Patterns of `like`. Every statement that takes one says `escape '!'`.

/// For texts that begin with this one, compared in lower case.
pub(super) fn beginning_with(text: &str) -> String {
    format!("{}%", literal(text))
}

/// For texts that hold this one, compared in lower case.
pub(super) fn holding(text: &str) -> String {
    format!("%{}%", literal(text))
}

/// With `!` before what would mean something in a pattern, and without NUL, which no text here has and PostgreSQL
/// does not take.
fn literal(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    for letter in text.to_lowercase().chars().filter(|letter| *letter != '\0') {
        if matches!(letter, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(letter);
    }
    pattern
}
