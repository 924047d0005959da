//! One function of the impl block, and the checks that it matches its attribute.

use syn::spanned::Spanned;
use syn::{Error, FnArg, Ident, ImplItemFn, PatType, Result, ReturnType, Signature, Type};

use crate::docs;
use crate::options::{BridgeOptions, CommandOptions};
use crate::parameter::{Parameter, is_ours};

/// A function with `#[command]`.
pub(crate) struct Command {
    pub(crate) function: Ident,
    pub(crate) options: CommandOptions,
    pub(crate) help: String,
    pub(crate) parameters: Vec<Parameter>,
}

/// A function with `#[bridge]`.
pub(crate) struct Bridge {
    pub(crate) function: Ident,
    pub(crate) options: BridgeOptions,
}

/// The kind of handler that a function is.
pub(crate) enum Handler {
    Command(Command),
    Bridge(Bridge),
}

impl Command {
    /// Returns the hint, or one made from the parameters.
    pub(crate) fn hint(&self) -> String {
        if let Some(hint) = &self.options.hint {
            return hint.value();
        }
        let usages: Vec<String> = self.parameters.iter().map(Parameter::usage).collect();
        usages.join(" ")
    }

    /// The line shown with every wrong argument.
    pub(crate) fn usage(&self) -> String {
        format!("/{} {}", self.options.trigger, self.hint()).trim_end().to_owned()
    }
}

/// Reads a function, and removes the attributes that only this crate understands.
pub(crate) fn read(function: &mut ImplItemFn) -> Result<Option<Handler>> {
    let ours = |attribute: &syn::Attribute| {
        let last = attribute.path().segments.last();
        last.is_some_and(|segment| segment.ident == "command" || segment.ident == "bridge")
    };
    let attributes: Vec<_> = function.attrs.extract_if(.., |attribute| ours(attribute)).collect();
    let Some(attribute) = attributes.first() else {
        return Ok(None);
    };
    if let Some(second) = attributes.get(1) {
        return Err(Error::new(second.span(), "a function handles one trigger; write a second one"));
    }
    // The contract prescribes a handler's signature, so lints must not blame its author for it.
    function.attrs.push(syn::parse_quote! {
        #[allow(clippy::needless_pass_by_value, clippy::unnecessary_wraps, reason = "the form of a handler")]
    });
    let inputs: Vec<PatType> = typed_inputs(&function.sig).cloned().collect();
    strip(&mut function.sig);
    let is_command = attribute.path().segments.last().is_some_and(|segment| segment.ident == "command");
    let function_name = function.sig.ident.clone();
    if is_command {
        let options = attribute.parse_args()?;
        check(&function.sig, "fn(ctx: &Ctx, ..arguments) -> Result<Reply>")?;
        let parameters = parameters(&inputs[1..])?;
        let help = docs::summary(&function.attrs);
        return Ok(Some(Handler::Command(Command { function: function_name, options, help, parameters })));
    }
    let options = attribute.parse_args()?;
    let form = "fn(ctx: &Ctx, request: &Request) -> Result<Outcome>";
    check(&function.sig, form)?;
    match &inputs[1..] {
        [request] if is_reference_to(&request.ty, "Request") => {}
        [request, ..] if !is_reference_to(&request.ty, "Request") => {
            return Err(unknown_form(&*request.ty, form));
        }
        [_, second, ..] => return Err(unknown_form(second, form)),
        _ => return Err(unknown_form(&function.sig.ident, form)),
    }
    Ok(Some(Handler::Bridge(Bridge { function: function_name, options })))
}

/// Checks what the signatures of commands and bridges have in common.
fn check(signature: &Signature, form: &str) -> Result<()> {
    if let Some(receiver) = signature.receiver() {
        return Err(Error::new(
            receiver.span(),
            "a handler has no `self`: every call runs in a fresh instance; keep values in `ctx.kv()`",
        ));
    }
    if let Some(asyncness) = &signature.asyncness {
        return Err(Error::new(
            asyncness.span(),
            "a handler is not `async`: host calls return when they are done",
        ));
    }
    if !signature.generics.params.is_empty() {
        return Err(unknown_form(&signature.generics, form));
    }
    match typed_inputs(signature).next() {
        Some(first) if is_reference_to(&first.ty, "Ctx") => {}
        Some(first) => {
            return Err(Error::new(first.span(), format!("a handler takes `ctx: &Ctx` first: `{form}`")));
        }
        None => {
            return Err(Error::new(
                signature.ident.span(),
                format!("a handler takes `ctx: &Ctx` first: `{form}`"),
            ));
        }
    }
    match &signature.output {
        ReturnType::Type(..) => Ok(()),
        ReturnType::Default => Err(unknown_form(&signature.ident, form)),
    }
}

/// Reads the arguments and checks that each can be distinguished from the next.
fn parameters(inputs: &[PatType]) -> Result<Vec<Parameter>> {
    let mut parameters: Vec<Parameter> = Vec::new();
    for input in inputs {
        let parameter = Parameter::read(input)?;
        if let Some(previous) = parameters.last() {
            let (name, before) = (&parameter.name, &previous.name);
            if previous.takes_all() {
                return Err(Error::new(
                    input.span(),
                    format!(
                        "`{before}` takes all that is left, so nothing can follow it: make it the last parameter"
                    ),
                ));
            }
            if previous.may_be_missing() && !parameter.may_be_missing() {
                return Err(Error::new(
                    input.span(),
                    format!(
                        "`{name}` must be given but follows `{before}`, which may be left out: change their order, or give `{name}` a default"
                    ),
                ));
            }
        }
        parameters.push(parameter);
    }
    Ok(parameters)
}

fn typed_inputs(signature: &Signature) -> impl Iterator<Item = &PatType> {
    signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(input) => Some(input),
        FnArg::Receiver(_) => None,
    })
}

fn strip(signature: &mut Signature) {
    for input in &mut signature.inputs {
        if let FnArg::Typed(input) = input {
            input.attrs.retain(|attribute| !is_ours(attribute));
        }
    }
}

fn is_reference_to(ty: &Type, name: &str) -> bool {
    match ty {
        Type::Reference(reference) if reference.mutability.is_none() => match &*reference.elem {
            Type::Path(path) => path.path.segments.last().is_some_and(|segment| segment.ident == name),
            _ => false,
        },
        _ => false,
    }
}

fn unknown_form(at: &impl Spanned, form: &str) -> Error {
    Error::new(at.span(), format!("this handler has another form than `{form}`"))
}
