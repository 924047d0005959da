//! The attributes of `jackfield-sdk`; plugins use them through that crate's prelude.
//!
//! `#[plugin]` does everything at once, because only the impl block shows all handlers: [`plugin`] reads it into
//! [`handler`]s, [`dispatch`] writes the `Plugin` implementation and the exports, [`manifest`] the custom section.

mod choice;
mod dispatch;
mod docs;
mod handler;
mod manifest;
mod options;
mod parameter;
mod plugin;
mod templates;

use proc_macro::TokenStream;
use proc_macro2::Span;

/// Makes an impl block a plugin.
///
/// Keys: `id = "org.example.name"` (required), `name = ".."`, `templates = "folder"`, `memory_mib`, `command_ms` and
/// `bridge_ms`. The first paragraph of the doc comment describes the plugin. Functions with `#[command]` or
/// `#[bridge]` are its handlers; they stay as they are and can be called from tests.
///
/// Template files are read while the plugin is compiled. A change to one triggers a rebuild; a new file is picked up
/// with the next change to the code.
#[proc_macro_attribute]
pub fn plugin(options: TokenStream, item: TokenStream) -> TokenStream {
    plugin::expand(options.into(), &item.into()).into()
}

/// A slash command: `#[command("/roll", hint = "[dice]")]` on `fn(ctx: &Ctx, ..) -> Result<Reply>` inside `#[plugin]`.
///
/// The doc comment is the help. Parameters after `ctx` are arguments, read by type; `#[default = ..]` supplies a
/// missing one and `#[rest]` takes the rest of the line.
#[proc_macro_attribute]
pub fn command(_options: TokenStream, item: TokenStream) -> TokenStream {
    misplaced("command", item)
}

/// A bridge: `#[bridge("github", verifier = "github")]` on `fn(ctx: &Ctx, request: &Request) -> Result<Outcome>`
/// inside `#[plugin]`.
///
/// With the verifier `github` the host checks the signature before the handler runs; with `none` it checks nothing.
#[proc_macro_attribute]
pub fn bridge(_options: TokenStream, item: TokenStream) -> TokenStream {
    misplaced("bridge", item)
}

/// Makes an enum of unit variants a command argument; the names are the variants in kebab case.
#[proc_macro_derive(Choice)]
pub fn choice(item: TokenStream) -> TokenStream {
    choice::expand(item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// `#[plugin]` removes its handlers' attributes, so an attribute that expands by itself is misplaced.
fn misplaced(attribute: &str, item: TokenStream) -> TokenStream {
    let error = syn::Error::new(
        Span::call_site(),
        format!("`#[{attribute}]` belongs on a function of an impl block that has `#[plugin]`"),
    );
    let mut tokens = TokenStream::from(error.into_compile_error());
    tokens.extend(item);
    tokens
}
