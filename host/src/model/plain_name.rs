//! Names without the characters that hide or reorder others.

/// Returns a name without control characters, line separators, and characters that override or embed a direction of
/// writing. With those, `invoice_U+202Efdp.exe` is shown as `invoice_exe.pdf`, and a name reaches into its neighbours.
/// Marks that only hint at a direction stay, because names in Arabic and Hebrew need them.
pub fn plain_name(name: &str) -> String {
    name.chars().filter(|c| !is_hidden(*c)).collect()
}

fn is_hidden(c: char) -> bool {
    let reorders = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}');
    let separates = matches!(c, '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffc}' | '\u{feff}');
    c.is_control() || reorders || separates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_plain_without_overrides_and_control_characters() {
        for (name, plain) in [
            ("Anna Äöü 东京 👩‍👧", "Anna Äöü 东京 👩‍👧"),
            ("invoice_\u{202e}fdp.exe", "invoice_fdp.exe"),
            ("\u{2067}a\u{2069}\u{1b}[31m\r\n\u{85}", "a[31m"),
            ("שלום\u{200f}!", "שלום\u{200f}!"),
        ] {
            assert_eq!(plain_name(name), plain);
        }
    }
}
