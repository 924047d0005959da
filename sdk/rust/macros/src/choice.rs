//! `#[derive(Choice)]`: an enum of unit variants that a command argument chooses from.

use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned;
use syn::{Data, DataEnum, DeriveInput, Error, Fields, Ident, Result};

pub(crate) fn expand(item: TokenStream) -> Result<TokenStream> {
    let input: DeriveInput = syn::parse2(item)?;
    let Data::Enum(data) = &input.data else {
        return Err(Error::new(input.ident.span(), "a `Choice` is an enum of unit variants"));
    };
    if !input.generics.params.is_empty() {
        return Err(Error::new(input.generics.span(), "a `Choice` has no generics"));
    }
    if data.variants.is_empty() {
        return Err(Error::new(input.ident.span(), "a `Choice` needs a variant to choose"));
    }
    Ok(implement(&input.ident, data, &names(data)?))
}

/// What users type, in the order of the variants.
fn names(data: &DataEnum) -> Result<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            return Err(Error::new(
                variant.fields.span(),
                "a variant of a `Choice` has no fields: its name is all a user can type",
            ));
        }
        let name = kebab(&variant.ident.to_string());
        if names.contains(&name) {
            return Err(Error::new(
                variant.ident.span(),
                format!("another variant is already typed `{name}`"),
            ));
        }
        names.push(name);
    }
    Ok(names)
}

fn implement(ident: &Ident, data: &DataEnum, names: &[String]) -> TokenStream {
    let variants: Vec<_> = data.variants.iter().map(|variant| &variant.ident).collect();
    // Identifiers in kebab case contain nothing that JSON would escape.
    let json = format!("[\"{}\"]", names.join("\",\""));
    quote! {
        impl ::jackfield_sdk::Choice for #ident {
            const NAMES: &'static [&'static str] = &[#(#names),*];

            fn from_name(name: &str) -> ::core::option::Option<Self> {
                match name.to_ascii_lowercase().as_str() {
                    #(#names => ::core::option::Option::Some(Self::#variants),)*
                    _ => ::core::option::Option::None,
                }
            }

            fn name(&self) -> &'static str {
                match self {
                    #(Self::#variants => #names,)*
                }
            }
        }

        impl ::jackfield_sdk::Argument for #ident {
            const TYPE: &'static str = "choice";
            const CHOICES: &'static [&'static str] = <Self as ::jackfield_sdk::Choice>::NAMES;
            const CHOICES_JSON: &'static str = #json;

            fn parse(
                word: &str,
                _ctx: &::jackfield_sdk::Ctx,
            ) -> ::core::result::Result<Self, ::jackfield_sdk::Rejection> {
                ::jackfield_sdk::choose(word)
            }
        }
    }
}

/// Returns `pre-release` for `PreRelease`, `x86-64` for `X86_64`, `http-get` for `HTTPGet`.
fn kebab(variant: &str) -> String {
    let chars: Vec<char> = variant.trim_start_matches("r#").chars().collect();
    let mut name = String::new();
    for (index, &c) in chars.iter().enumerate() {
        if c == '_' {
            if !name.is_empty() && !name.ends_with('-') {
                name.push('-');
            }
            continue;
        }
        let after_lower = index > 0 && !chars[index - 1].is_uppercase();
        let before_lower = chars.get(index + 1).is_some_and(|next| next.is_lowercase());
        if c.is_uppercase() && (after_lower || before_lower) && !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
        name.extend(c.to_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kebab_case() {
        let named = ["Staging", "PreRelease", "X86_64", "HTTPGet", "A", "V2Beta"].map(kebab);
        assert_eq!(named, ["staging", "pre-release", "x86-64", "http-get", "a", "v2-beta"]);
    }
}
