//! Character groups: both databases index them, so that a search compares only texts that may contain a term. Pure.
//!
//! Three characters make a group. Some scripts write a word in one or two characters, which would not be found, so
//! outside ASCII one and two characters are groups too. A group is stored as a hash. A collision costs only one
//! comparison, because each text found is compared with the term itself.

use std::collections::BTreeSet;

/// Most groups of one term that are looked up. More would not narrow the search further.
const MAX_OF_TERM: usize = 24;

/// Returns all groups of a text.
pub(super) fn of_text(text: &str) -> Vec<u32> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::with_capacity(chars.len());
    for size in 1..=3 {
        found.extend(chars.windows(size).filter(|group| is_indexed(group)).map(hash));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Returns groups that every text with this term has. Returns none if the term is too short to look up.
pub(super) fn of_term(term: &str) -> Vec<u32> {
    let chars: Vec<char> = term.chars().collect();
    if chars.is_empty() {
        return Vec::new();
    }
    let groups = chars.windows(chars.len().min(3)).filter(|group| is_indexed(group));
    groups.map(hash).collect::<BTreeSet<u32>>().into_iter().take(MAX_OF_TERM).collect()
}

fn is_indexed(group: &[char]) -> bool {
    group.len() == 3 || group.iter().any(|c| !c.is_ascii())
}

/// Computes the FNV-1a hash of a group.
fn hash(group: &[char]) -> u32 {
    let mut buffer = [0; 4];
    let mut hash: u32 = 0x811c_9dc5;
    for c in group {
        for byte in c.encode_utf8(&mut buffer).bytes() {
            hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_every_group_of_every_term_in_it() {
        let text = "grüße an 东京都, ok";
        let groups = of_text(text);
        let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        for (from, start) in ends.iter().enumerate() {
            for end in &ends[from..] {
                let term = &text[*start..*end];
                assert!(of_term(term).iter().all(|group| groups.contains(group)), "{term}");
            }
        }
    }

    #[test]
    fn short_terms_are_looked_up_outside_ascii() {
        assert_eq!(of_term("ok"), [0; 0]);
        assert_eq!(of_term(""), [0; 0]);
        for (term, groups) in [("京", 1), ("东京", 1), ("東京都", 1), ("abcd", 2), ("ü", 1), ("aaaa", 1)]
        {
            assert_eq!(of_term(term).len(), groups, "{term}");
        }
        assert_eq!(of_term(&"abcdefgh0123".repeat(20)).len(), 12);
    }
}
