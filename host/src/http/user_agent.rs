//! What the header `User-Agent` says about a client, in the words that Mattermost uses for it. Clients look into these
//! texts to draw the list of an account's sign-ins, so none is missing. The header is the client's own claim: it
//! decides nothing.

use axum::http::{HeaderMap, header};

use crate::model::Agent;

/// Longest version of a program, in bytes. The rest is dropped.
const MAX_VERSION: usize = 32;

/// Marks in the header, the first that occurs counts, and the platform and operating system that each means.
const SYSTEMS: [(&str, &str, &str); 13] = [
    ("iPad", "iPad", "iOS"),
    ("iPod", "iPod", "iOS"),
    ("iPhone", "iPhone", "iOS"),
    ("Windows Phone", "Windows Phone", "Windows Phone"),
    ("Windows NT 10", "Windows", "Windows 10"),
    ("Windows NT 6.3", "Windows", "Windows 8.1"),
    ("Windows NT 6.2", "Windows", "Windows 8"),
    ("Windows NT 6.1", "Windows", "Windows 7"),
    ("Windows", "Windows", "Windows"),
    ("Macintosh", "Macintosh", "Mac OS"),
    ("CrOS", "Linux", "Chrome OS"),
    ("Android", "Linux", "Android"),
    ("Linux", "Linux", "Linux"),
];

/// Marks of programs, the first that occurs counts; browsers also name those that they descend from.
const PROGRAMS: [(&str, &str); 11] = [
    ("Mattermost/", "Desktop App"),
    ("mmctl/", "mmctl"),
    ("Edg/", "Edge"),
    ("Edge/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Version/", "Safari"),
    ("MSIE ", "Internet Explorer"),
];

/// Returns what a request says about the program that sends it.
pub(super) fn agent(headers: &HeaderMap) -> Agent {
    let text = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut agent = Agent::default();
    if let Some((_, platform, os)) = SYSTEMS.iter().find(|(mark, ..)| text.contains(mark)) {
        (agent.platform, agent.os) = ((*platform).to_owned(), (*os).to_owned());
    }
    let program = PROGRAMS.iter().find_map(|(mark, name)| {
        let (_, rest) = text.split_once(mark)?;
        Some((name, version(rest)))
    });
    if let Some((name, version)) = program {
        agent.browser = format!("{name}/{version}");
    }
    agent.is_mobile = ["Mobile", "Android", "iPhone", "iPad"].iter().any(|mark| text.contains(mark));
    agent
}

/// Returns the version that a text begins with, with at least two numbers.
fn version(text: &str) -> String {
    let version: String =
        text.chars().take_while(|c| c.is_ascii_digit() || *c == '.').take(MAX_VERSION).collect();
    let version = version.trim_matches('.');
    match version {
        "" => "0.0".to_owned(),
        whole if whole.contains('.') => whole.to_owned(),
        whole => format!("{whole}.0"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> [String; 3] {
        let Agent { platform, os, browser, .. } =
            agent(&HeaderMap::from_iter([(header::USER_AGENT, text.parse().unwrap())]));
        [platform, os, browser]
    }

    #[test]
    fn a_browser_is_named_with_its_system() {
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/119.0";
        assert_eq!(of(firefox), ["Linux", "Linux", "Firefox/119.0"]);
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                    Chrome/120.0.0.0 Safari/537.36 Edg/120.0.2210.91";
        assert_eq!(of(edge), ["Windows", "Windows 10", "Edge/120.0.2210.91"]);
        let safari = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                      Version/17.1 Safari/605.1.15";
        assert_eq!(of(safari), ["Macintosh", "Mac OS", "Safari/17.1"]);
    }

    #[test]
    fn an_unknown_program_has_all_the_words_too() {
        for text in ["", "curl/8.5.0", "python-requests/2.31"] {
            assert_eq!(of(text), ["Windows", "", "Unknown/0.0"], "{text}");
        }
        assert_eq!(of("Firefox/x")[2], "Firefox/0.0");
    }
}
