//! Puts manifest records together at compile time, for the code that `#[plugin]` writes.
//!
//! Some parts are constants of the author's types (the names of a `Choice`), which a macro cannot see; and the custom
//! section must be a plain array, because a pointer in it would be a relocation.

/// Returns the total length of the parts.
pub const fn length(parts: &[&str]) -> usize {
    let mut length = 0;
    let mut part = 0;
    while part < parts.len() {
        length += parts[part].len();
        part += 1;
    }
    length
}

/// Joins the parts into one array; `N` is their [`length`].
pub const fn join<const N: usize>(parts: &[&str]) -> [u8; N] {
    let mut joined = [0; N];
    let mut at = 0;
    let mut part = 0;
    while part < parts.len() {
        let bytes = parts[part].as_bytes();
        let mut index = 0;
        while index < bytes.len() {
            joined[at] = bytes[index];
            at += 1;
            index += 1;
        }
        part += 1;
    }
    joined
}

/// Returns the joined parts as text.
pub const fn text(joined: &'static [u8]) -> &'static str {
    match core::str::from_utf8(joined) {
        Ok(text) => text,
        Err(_) => panic!("parts of text joined are text"),
    }
}

/// Whether `default` is one of `names`. Any other default would fail at every call.
pub const fn is_choice(names: &[&str], default: &str) -> bool {
    let mut name = 0;
    while name < names.len() {
        if equal(names[name].as_bytes(), default.as_bytes()) {
            return true;
        }
        name += 1;
    }
    false
}

const fn equal(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let mut index = 0;
    while index < left.len() {
        if left[index] != right[index] {
            return false;
        }
        index += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_join_in_order() {
        const PARTS: &[&str] = &["{\"a\":", "", "\"ü\"}", "\n"];
        static JOINED: [u8; length(PARTS)] = join(PARTS);
        assert_eq!(text(&JOINED), "{\"a\":\"ü\"}\n");
    }

    #[test]
    fn a_default_must_be_a_whole_name() {
        assert!(is_choice(&["staging", "production"], "production"));
        assert!(!is_choice(&["staging", "production"], "prod"));
        assert!(!is_choice(&[], "staging"));
    }
}
