//! Links in texts from clients, plugins and webhook senders.

/// Whether a link begins with one of these schemes, in either case.
pub fn has_scheme(link: &str, schemes: &[&str]) -> bool {
    let begins =
        |scheme: &&str| link.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme));
    schemes.iter().any(begins)
}

/// Whether a link opens a web page rather than a program on the reader's machine.
pub fn is_web_link(link: &str) -> bool {
    has_scheme(link, &["http://", "https://"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_web_link_begins_with_a_scheme_of_the_web() {
        for link in ["http://a", "https://a", "HTTPS://A"] {
            assert!(is_web_link(link), "{link}");
        }
        for link in ["", "http:", "httpx://a", " https://a", "javascript:a", "mailto:a@b", "//a", "é"] {
            assert!(!is_web_link(link), "{link}");
        }
    }
}
