//! `#[plugin]`: reads the impl block, and appends the generated code.

use std::collections::HashSet;
use std::path::PathBuf;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{Error, ImplItem, ItemImpl, Result};

use crate::handler::{self, Bridge, Command, Handler};
use crate::manifest::{Manifest, Package};
use crate::options::PluginOptions;
use crate::{dispatch, docs, templates};

/// Returns the impl block without our attributes, followed by the generated code. On an error the block is kept, so
/// that the compiler reports no further errors.
pub(crate) fn expand(options: TokenStream, item: &TokenStream) -> TokenStream {
    let Ok(mut block) = syn::parse2::<ItemImpl>(item.clone()) else {
        let wrong = "`#[plugin]` belongs on the impl block with the handlers: `impl Name { .. }`";
        let error = Error::new_spanned(item, wrong).into_compile_error();
        return quote! { #item #error };
    };
    let handlers = read_handlers(&mut block);
    let generated = syn::parse2(options)
        .and_then(|options| generate(&block, &options, handlers?))
        .unwrap_or_else(Error::into_compile_error);
    let mut tokens = block.into_token_stream();
    tokens.extend(generated);
    tokens
}

fn read_handlers(block: &mut ItemImpl) -> Result<Vec<Handler>> {
    let mut handlers = Vec::new();
    let mut errors: Option<Error> = None;
    for item in &mut block.items {
        let ImplItem::Fn(function) = item else {
            continue;
        };
        match handler::read(function) {
            Ok(handler) => handlers.extend(handler),
            Err(error) => match &mut errors {
                Some(errors) => errors.combine(error),
                None => errors = Some(error),
            },
        }
    }
    match errors {
        Some(errors) => Err(errors),
        None => Ok(handlers),
    }
}

fn generate(block: &ItemImpl, options: &PluginOptions, handlers: Vec<Handler>) -> Result<TokenStream> {
    check_block(block, handlers.is_empty())?;
    let (commands, bridges) = sort(handlers)?;
    let templates = match &options.templates {
        Some(folder) => templates::read(&package_folder(), folder)?,
        None => Vec::new(),
    };
    let mut manifest = Manifest::default();
    manifest.plugin(options, &docs::summary(&block.attrs), &package());
    for command in &commands {
        manifest.command(command);
    }
    for bridge in &bridges {
        manifest.bridge(bridge);
    }
    for template in &templates {
        manifest.template(template);
    }

    let mut tokens = dispatch::plugin(&block.self_ty, &manifest, &commands, &bridges);
    // Cargo rebuilds after a change to these files only if the compiler has read them.
    tokens.extend(quote! {
        const _: (Option<&str>, Option<&str>) =
            (option_env!("CARGO_PKG_DESCRIPTION"), option_env!("CARGO_PKG_LICENSE"));
    });
    tokens.extend(templates.iter().map(templates::Template::tracked));
    Ok(tokens)
}

fn check_block(block: &ItemImpl, empty: bool) -> Result<()> {
    if let Some((path, _)) = &block.trait_ {
        return Err(Error::new(
            path.span(),
            "`#[plugin]` belongs on the impl block with the handlers, not on a trait's",
        ));
    }
    if !block.generics.params.is_empty() {
        return Err(Error::new(block.generics.span(), "a plugin is one type, without generics"));
    }
    if empty {
        return Err(Error::new(
            block.self_ty.span(),
            "this plugin handles nothing: give a function `#[command(..)]` or `#[bridge(..)]`",
        ));
    }
    Ok(())
}

fn sort(handlers: Vec<Handler>) -> Result<(Vec<Command>, Vec<Bridge>)> {
    let (mut commands, mut bridges) = (Vec::new(), Vec::new());
    let (mut triggers, mut names) = (HashSet::new(), HashSet::new());
    for handler in handlers {
        match handler {
            Handler::Command(command) => {
                if !triggers.insert(command.options.trigger.clone()) {
                    let trigger = &command.options.trigger;
                    return Err(Error::new(
                        command.options.span,
                        format!("another function already handles `/{trigger}`"),
                    ));
                }
                commands.push(command);
            }
            Handler::Bridge(bridge) => {
                if !names.insert(bridge.options.name.clone()) {
                    let name = &bridge.options.name;
                    return Err(Error::new(
                        bridge.options.span,
                        format!("another function already handles the bridge `{name}`"),
                    ));
                }
                bridges.push(bridge);
            }
        }
    }
    Ok((commands, bridges))
}

fn package() -> Package {
    Package { description: cargo("CARGO_PKG_DESCRIPTION"), license: cargo("CARGO_PKG_LICENSE") }
}

fn package_folder() -> PathBuf {
    PathBuf::from(cargo("CARGO_MANIFEST_DIR"))
}

#[expect(
    clippy::disallowed_methods,
    reason = "a macro has no configuration: cargo tells it about the package through the environment"
)]
fn cargo(variable: &str) -> String {
    std::env::var(variable).unwrap_or_default()
}
