//! The code around the handlers: the `Plugin` implementation, the manifest's section and the exports.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use crate::handler::{Bridge, Command};
use crate::manifest::Manifest;
use crate::parameter::{Parameter, Takes};

/// Everything `#[plugin]` adds to the impl block.
pub(crate) fn plugin(
    plugin: &Type,
    manifest: &Manifest,
    commands: &[Command],
    bridges: &[Bridge],
) -> TokenStream {
    let parts = manifest.parts();
    let command_arms = commands.iter().map(|command| command_arm(plugin, command));
    let bridge_arms = bridges.iter().map(|bridge| bridge_arm(plugin, bridge));
    let checks = commands.iter().flat_map(|command| &command.parameters).filter_map(check_default);
    let exports = exports(plugin, !commands.is_empty(), !bridges.is_empty());
    quote! {
        const _: () = {
            const PARTS: &[&str] = &[#(#parts),*];
            const LENGTH: usize = ::jackfield_sdk::manifest::length(PARTS);

            #[cfg_attr(target_family = "wasm", used)]
            #[cfg_attr(target_family = "wasm", unsafe(link_section = "jackfield:manifest"))]
            static MANIFEST: [u8; LENGTH] = ::jackfield_sdk::manifest::join(PARTS);

            #(#checks)*

            impl ::jackfield_sdk::Plugin for #plugin {
                fn manifest() -> &'static str {
                    ::jackfield_sdk::manifest::text(&MANIFEST)
                }

                fn command(
                    ctx: &::jackfield_sdk::Ctx,
                    invocation: &::jackfield_sdk::Invocation,
                ) -> ::jackfield_sdk::Result<::core::option::Option<::jackfield_sdk::Reply>> {
                    let _ = ctx;
                    match invocation.name.as_str() {
                        #(#command_arms)*
                        other => ::core::result::Result::Err(::jackfield_sdk::unknown_name("command", other)),
                    }
                }

                fn bridge(
                    ctx: &::jackfield_sdk::Ctx,
                    request: &::jackfield_sdk::Request,
                ) -> ::jackfield_sdk::Result<::jackfield_sdk::Outcome> {
                    let _ = ctx;
                    match request.bridge.as_str() {
                        #(#bridge_arms)*
                        other => ::core::result::Result::Err(::jackfield_sdk::unknown_name("bridge", other)),
                    }
                }
            }

            // In native builds only tests call a plugin; this keeps it from being reported as unused.
            const _: fn() -> &'static str = <#plugin as ::jackfield_sdk::Plugin>::manifest;

            #exports
        };
    }
}

fn command_arm(plugin: &Type, command: &Command) -> TokenStream {
    let trigger = &command.options.trigger;
    let usage = command.usage();
    let function = &command.function;
    let names: Vec<_> =
        (0..command.parameters.len()).map(|index| format_ident!("argument_{index}")).collect();
    let values = command.parameters.iter().map(value);
    let mutable = (!names.is_empty()).then(|| quote! { mut });
    // The call has the function's span, so that a wrong return type is shown at the function.
    let reply = quote_spanned! { function.span() =>
        let reply: ::jackfield_sdk::Result<::jackfield_sdk::Reply> = <#plugin>::#function(ctx, #(#names),*);
    };
    quote! {
        #trigger => {
            let #mutable arguments = ::jackfield_sdk::Arguments::new(ctx, &invocation.raw, #usage);
            #(let #names = #values;)*
            arguments.finish()?;
            #reply
            ::core::result::Result::Ok(reply?.into_answer())
        }
    }
}

fn value(parameter: &Parameter) -> TokenStream {
    let (name, ty) = (&parameter.name, &parameter.value_type);
    match &parameter.takes {
        Takes::One => quote! { arguments.required::<#ty>(#name)? },
        Takes::OneOrNone => quote! { arguments.optional::<#ty>()? },
        Takes::OneOrDefault(default) => quote! { arguments.or_default::<#ty>(#default)? },
        Takes::All => quote! { arguments.variadic::<#ty>()? },
        Takes::Rest => quote! { arguments.rest(#name)? },
        Takes::RestOrNone => quote! { arguments.optional_rest() },
        Takes::RestOrDefault(default) => {
            quote! { arguments.optional_rest().unwrap_or_else(|| ::std::string::String::from(#default)) }
        }
    }
}

fn bridge_arm(plugin: &Type, bridge: &Bridge) -> TokenStream {
    let (name, function) = (&bridge.options.name, &bridge.function);
    quote_spanned! { function.span() => #name => <#plugin>::#function(ctx, request), }
}

/// Rejects a default that is not a name of its enum at compile time, because it would fail at every call.
fn check_default(parameter: &Parameter) -> Option<TokenStream> {
    if !parameter.default_may_be_a_choice() {
        return None;
    }
    let (ty, default) = (&parameter.value_type, parameter.default()?);
    let wrong = format!("the default \"{default}\" is not one of the choices");
    Some(quote_spanned! { ty.span() =>
        const _: () = {
            let choices = <#ty as ::jackfield_sdk::Argument>::CHOICES;
            assert!(choices.is_empty() || ::jackfield_sdk::manifest::is_choice(choices, #default), #wrong);
        };
    })
}

/// Generates one export per kind of trigger used. They exist on wasm only, because they cannot be linked elsewhere.
fn exports(plugin: &Type, command: bool, bridge: bool) -> TokenStream {
    let command = command.then(|| {
        quote! {
            ::jackfield_sdk::guest::bindings::command::export_command!(
                Exports with_types_in ::jackfield_sdk::guest::bindings::command
            );
        }
    });
    let bridge = bridge.then(|| {
        quote! {
            ::jackfield_sdk::guest::bindings::incoming_webhook::export_bridge!(
                Exports with_types_in ::jackfield_sdk::guest::bindings::incoming_webhook
            );
        }
    });
    quote! {
        #[cfg(target_family = "wasm")]
        const _: () = {
            type Exports = ::jackfield_sdk::guest::Guest<#plugin>;
            #command
            #bridge
        };
    }
}
