//! Doc comments, which become descriptions and help.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// Returns the first paragraph of the doc comment on one line, or an empty text.
pub(crate) fn summary(attributes: &[Attribute]) -> String {
    let lines: Vec<String> = attributes.iter().filter_map(line).collect();
    let text = lines.join("\n");
    let paragraph: Vec<&str> = text
        .lines()
        .map(str::trim)
        .skip_while(|line| line.is_empty())
        .take_while(|line| !line.is_empty())
        .collect();
    paragraph.join(" ")
}

fn line(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    #[test]
    fn the_summary_is_the_first_paragraph_on_one_line() {
        let item: syn::ItemStruct = parse_quote! {
            ///
            /// Rolls dice,
            /// one or more.
            ///
            /// Not this.
            #[must_use]
            struct Dice;
        };
        assert_eq!(summary(&item.attrs), "Rolls dice, one or more.");
        assert_eq!(summary(&[]), "");
    }
}
