//! A handler's parameters after `ctx`: name, type, and how many words each takes.

use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{
    Attribute, Error, Expr, GenericArgument, Lit, Meta, Pat, PatType, PathArguments, Result, Token, Type,
};

use crate::options::as_typed;

/// One argument of a command.
pub(crate) struct Parameter {
    /// The name as shown in the usage and the manifest.
    pub(crate) name: String,
    /// The type of one value: `T` of `T`, `Option<T>` and `Vec<T>`.
    pub(crate) value_type: Type,
    pub(crate) takes: Takes,
}

/// How many words a parameter takes.
pub(crate) enum Takes {
    One,
    OneOrNone,
    /// Contains the text that replaces a missing one.
    OneOrDefault(String),
    All,
    Rest,
    RestOrNone,
    RestOrDefault(String),
}

/// The types whose default can be checked here; those of other types are checked by their own code.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Primitive {
    Text,
    Integer,
    Number,
    Boolean,
}

impl Parameter {
    pub(crate) fn read(parameter: &PatType) -> Result<Self> {
        let name = name(parameter)?;
        if let Type::Reference(reference) = &*parameter.ty {
            return Err(Error::new(
                reference.span(),
                "an argument is an owned value: `String` instead of `&str`",
            ));
        }
        let default = default(&parameter.attrs)?;
        let rest = parameter.attrs.iter().find(|attribute| attribute.path().is_ident("rest"));
        let (value_type, takes) = match (wrapper(&parameter.ty), rest) {
            (Some(("Vec", _)), Some(rest)) => return Err(rest_of_a_line_is_text(rest)),
            (Some(("Vec", inner)), None) => (inner, Takes::All),
            (Some((_, inner)), None) => (inner, Takes::OneOrNone),
            (Some((_, inner)), Some(rest)) => (text_only(inner, rest)?, Takes::RestOrNone),
            (None, None) => (&*parameter.ty, Takes::One),
            (None, Some(rest)) => (text_only(&parameter.ty, rest)?, Takes::Rest),
        };
        let takes = match (takes, default) {
            (takes, None) => takes,
            (Takes::One, Some(default)) => Takes::OneOrDefault(default.for_type(value_type)?),
            (Takes::Rest, Some(default)) => Takes::RestOrDefault(default.for_type(value_type)?),
            (_, Some(default)) => {
                return Err(Error::new(
                    default.literal.span(),
                    "an `Option` or a `Vec` may be left out anyway: drop the default, or the wrapper",
                ));
            }
        };
        Ok(Self { name, value_type: value_type.clone(), takes })
    }

    /// Whether the user may leave it out.
    pub(crate) fn may_be_missing(&self) -> bool {
        !matches!(self.takes, Takes::One | Takes::Rest)
    }

    /// Whether nothing can follow it.
    pub(crate) fn takes_all(&self) -> bool {
        match self.takes {
            Takes::One | Takes::OneOrNone | Takes::OneOrDefault(_) => false,
            Takes::All | Takes::Rest | Takes::RestOrNone | Takes::RestOrDefault(_) => true,
        }
    }

    /// Returns the text that replaces a missing one.
    pub(crate) fn default(&self) -> Option<&str> {
        match &self.takes {
            Takes::OneOrDefault(text) | Takes::RestOrDefault(text) => Some(text),
            _ => None,
        }
    }

    /// `<name>`, `[name]` or `[name...]`.
    pub(crate) fn usage(&self) -> String {
        let name = &self.name;
        match self.takes {
            Takes::All => format!("[{name}...]"),
            _ if self.may_be_missing() => format!("[{name}]"),
            _ => format!("<{name}>"),
        }
    }

    /// Whether the SDK must check the default against the names of an enum.
    pub(crate) fn default_may_be_a_choice(&self) -> bool {
        matches!(self.takes, Takes::OneOrDefault(_)) && primitive(&self.value_type).is_none()
    }
}

/// `#[default = ..]`: a literal, or a negative one.
struct Default {
    negative: bool,
    literal: Lit,
}

impl Parse for Default {
    fn parse(input: ParseStream) -> Result<Self> {
        let negative = input.parse::<Option<Token![-]>>()?.is_some();
        Ok(Self { negative, literal: input.parse()? })
    }
}

impl Default {
    /// Returns the default as a user would type it, if this type can be written that way.
    fn for_type(&self, value_type: &Type) -> Result<String> {
        let fits = match primitive(value_type) {
            Some(Primitive::Text) | None => matches!(self.literal, Lit::Str(_)),
            Some(Primitive::Integer) => matches!(self.literal, Lit::Int(_)),
            Some(Primitive::Number) => matches!(self.literal, Lit::Int(_) | Lit::Float(_)),
            Some(Primitive::Boolean) => matches!(self.literal, Lit::Bool(_)),
        };
        if fits {
            return as_typed(&self.literal, self.negative);
        }
        let wanted = match primitive(value_type) {
            Some(Primitive::Integer) => "a whole number",
            Some(Primitive::Number) => "a number",
            Some(Primitive::Boolean) => "`true` or `false`",
            Some(Primitive::Text) | None => "a text: `\"..\"`",
        };
        let value_type = value_type.to_token_stream();
        Err(Error::new(self.literal.span(), format!("the default of a `{value_type}` is {wanted}")))
    }
}

/// Whether the attribute is ours and must be removed from the parameter.
pub(crate) fn is_ours(attribute: &Attribute) -> bool {
    attribute.path().is_ident("default") || attribute.path().is_ident("rest")
}

fn name(parameter: &PatType) -> Result<String> {
    match &*parameter.pat {
        Pat::Ident(pattern) if pattern.subpat.is_none() && pattern.by_ref.is_none() => {
            let name = pattern.ident.unraw().to_string();
            Ok(name.trim_start_matches('_').to_owned())
        }
        other => Err(Error::new(
            other.span(),
            "an argument needs a plain name: the usage text shows it, and a pattern has none",
        )),
    }
}

fn default(attributes: &[Attribute]) -> Result<Option<Default>> {
    let mut ours = attributes.iter().filter(|attribute| attribute.path().is_ident("default"));
    let Some(attribute) = ours.next() else {
        return Ok(None);
    };
    if let Some(second) = ours.next() {
        return Err(Error::new(second.span(), "one default is enough"));
    }
    match &attribute.meta {
        Meta::NameValue(meta) => literal(&meta.value).map(Some),
        other => Err(Error::new(other.span(), "write `#[default = ..]`")),
    }
}

fn literal(value: &Expr) -> Result<Default> {
    syn::parse2(value.to_token_stream())
        .map_err(|_| Error::new(value.span(), "a default is a text, a number or a boolean"))
}

/// `Option` or `Vec`, and what is inside.
fn wrapper(ty: &Type) -> Option<(&'static str, &Type)> {
    let Type::Path(path) = ty else {
        return None;
    };
    let last = path.path.segments.last()?;
    let name = ["Option", "Vec"].into_iter().find(|name| last.ident == name)?;
    match &last.arguments {
        PathArguments::AngleBracketed(inner) => match inner.args.first()? {
            GenericArgument::Type(inner) => Some((name, inner)),
            _ => None,
        },
        _ => None,
    }
}

fn primitive(ty: &Type) -> Option<Primitive> {
    let Type::Path(path) = ty else {
        return None;
    };
    match path.path.segments.last()?.ident.to_string().as_str() {
        "String" => Some(Primitive::Text),
        "i32" | "i64" | "u32" | "u64" => Some(Primitive::Integer),
        "f64" => Some(Primitive::Number),
        "bool" => Some(Primitive::Boolean),
        _ => None,
    }
}

fn text_only<'a>(ty: &'a Type, rest: &Attribute) -> Result<&'a Type> {
    if primitive(ty) == Some(Primitive::Text) {
        return Ok(ty);
    }
    Err(rest_of_a_line_is_text(rest))
}

fn rest_of_a_line_is_text(rest: &Attribute) -> Error {
    Error::new(rest.span(), "the rest of the line is a `String` or an `Option<String>`")
}
