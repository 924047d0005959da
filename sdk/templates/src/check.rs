//! What a template may contain. This is checked before anything is rendered, so that a plugin with a broken or
//! dangerous template never runs. A template that passed can be rendered in the stack of any thread.

use std::collections::HashMap;

use handlebars::template::{HelperTemplate, Parameter, Subexpression, TemplateElement, TemplateMapping};
use handlebars::{Handlebars, Template};

use crate::error::TemplateError;
use crate::registry::{BLOCKS, STEP, VALUES};

/// The most bytes of one template's source.
pub const MAX_SOURCE: usize = 64 * 1024;

/// How deeply blocks, `else if` chains and parentheses may nest. Rendering takes a few stack frames per level; half a
/// megabyte of stack is enough for more than fifty.
pub const MAX_DEPTH: usize = 24;

/// The most opening parentheses in one source, text included. The parser recurses at each one without a guard.
const MAX_PARENTHESES: usize = 100;

/// The most arguments of one helper. All of them are evaluated, and perhaps copied, before the helper is charged.
const MAX_ARGUMENTS: usize = 16;

/// The most `else` words in one source, text included. Each nests the parsed template one level deeper before it can be
/// checked.
const MAX_ELSES: usize = 200;

/// Adds a checked template to a registry, under its name.
pub fn add(registry: &mut Handlebars<'_>, name: &str, source: &str) -> Result<(), TemplateError> {
    registry.register_template(name, compile(name, source)?);
    Ok(())
}

/// Checks whether [`add`] would accept this template.
pub fn check(name: &str, source: &str) -> Result<(), TemplateError> {
    compile(name, source).map(drop)
}

fn compile(name: &str, source: &str) -> Result<Template, TemplateError> {
    let rules = Rules { name };
    rules.source(source)?;
    let mut template = Template::compile_with_name(source, name.to_owned())
        .map_err(|fault| rules.broken(fault.pos().unwrap_or((1, 1)), fault.reason().to_string()))?;
    rules.template(&mut template, None, 0)?;
    Ok(template)
}

/// Line and column, counted from 1.
type Place = (usize, usize);

/// The rules, applied to one template.
struct Rules<'name> {
    name: &'name str,
}

impl Rules<'_> {
    fn source(&self, source: &str) -> Result<(), TemplateError> {
        if source.len() > MAX_SOURCE {
            let reason = format!("{} bytes of source, {MAX_SOURCE} are allowed", source.len());
            return Err(self.broken((1, 1), reason));
        }
        for (word, most) in [("(", MAX_PARENTHESES), ("else", MAX_ELSES)] {
            if let Some((offset, _)) = source.match_indices(word).nth(most) {
                let reason = format!("more than {most} times `{word}` in one template: split it");
                return Err(self.broken(position(source, offset), reason));
            }
        }
        Ok(())
    }

    /// `around` is the place of the enclosing block, because Handlebars keeps none for the parts of an `else` chain.
    fn template(
        &self,
        template: &mut Template,
        around: Option<&TemplateMapping>,
        depth: usize,
    ) -> Result<(), TemplateError> {
        for (index, element) in template.elements.iter_mut().enumerate() {
            let mapping = template.mapping.get(index).or(around);
            let place = mapping.map_or((1, 1), |mapping| (mapping.0, mapping.1));
            match element {
                TemplateElement::RawString(_) | TemplateElement::Comment(_) => {}
                TemplateElement::Expression(call) | TemplateElement::HtmlExpression(call) => {
                    self.value(call, place, depth)?;
                }
                TemplateElement::HelperBlock(block) => {
                    self.head(block, place, depth)?;
                    for inner in [&mut block.template, &mut block.inverse].into_iter().flatten() {
                        self.template(inner, mapping, depth + 1)?;
                    }
                    if block.name.as_name() == Some("each")
                        && let Some(body) = &mut block.template
                    {
                        // Each round of the loop is charged before its body is rendered.
                        body.elements.insert(0, step());
                        body.mapping.splice(0..0, mapping.cloned());
                    }
                }
                _ => {
                    return Err(
                        self.broken(place, "partials and decorators are not part of the language".into())
                    );
                }
            }
        }
        charge_blocks(template);
        Ok(())
    }

    fn value(&self, call: &HelperTemplate, place: Place, depth: usize) -> Result<(), TemplateError> {
        // Without arguments it is a field unless a helper has that name, which only rendering can tell.
        if !call.params.is_empty() || !call.hash.is_empty() {
            self.known(call, &VALUES, place)?;
        }
        self.arguments(call, place, depth)
    }

    fn head(&self, block: &HelperTemplate, place: Place, depth: usize) -> Result<(), TemplateError> {
        self.known(block, &BLOCKS, place)?;
        self.arguments(block, place, depth)?;
        if depth == MAX_DEPTH {
            return Err(self.broken(place, format!("more than {MAX_DEPTH} blocks inside each other")));
        }
        Ok(())
    }

    fn arguments(&self, call: &HelperTemplate, place: Place, depth: usize) -> Result<(), TemplateError> {
        if call.params.len() + call.hash.len() > MAX_ARGUMENTS {
            return Err(self.broken(place, format!("more than {MAX_ARGUMENTS} arguments of one helper")));
        }
        let name = std::iter::once(&call.name);
        for argument in name.chain(&call.params).chain(call.hash.values()) {
            if let Parameter::Subexpression(inner) = argument
                && let TemplateElement::Expression(call) = inner.as_element()
            {
                if depth == MAX_DEPTH {
                    return Err(
                        self.broken(place, format!("more than {MAX_DEPTH} parentheses inside each other"))
                    );
                }
                self.value(call, place, depth + 1)?;
            }
        }
        Ok(())
    }

    fn known(&self, call: &HelperTemplate, names: &[&str], place: Place) -> Result<(), TemplateError> {
        let Some(name) = call.name.as_name() else {
            return Err(self.broken(place, "a helper is called by its name".into()));
        };
        if names.contains(&name) {
            return Ok(());
        }
        let reason = if VALUES.contains(&name) || BLOCKS.contains(&name) {
            format!("helper `{name}` cannot be used as a {}", if call.block { "block" } else { "value" })
        } else {
            format!("there is no helper `{name}`; there are {}", names.join(", "))
        };
        Err(self.broken(place, reason))
    }

    fn broken(&self, place: Place, reason: String) -> TemplateError {
        TemplateError { template: self.name.to_owned(), line: place.0, column: place.1, reason }
    }
}

/// Puts a step before each block, because the block's own helper is not charged.
fn charge_blocks(template: &mut Template) {
    let is_block = |element: &TemplateElement| matches!(element, TemplateElement::HelperBlock(_));
    let blocks: Vec<usize> =
        (0..template.elements.len()).filter(|index| is_block(&template.elements[*index])).collect();
    for index in blocks.into_iter().rev() {
        // The parts of an `else` chain have no mapping of their own.
        if let Some(mapping) = template.mapping.get(index).cloned() {
            template.mapping.insert(index, mapping);
        }
        template.elements.insert(index, step());
    }
}

/// Returns [`STEP`] as an element of a parsed template.
fn step() -> TemplateElement {
    *Subexpression::new(Parameter::Name(STEP.to_owned()), Vec::new(), HashMap::new()).element
}

fn position(source: &str, offset: usize) -> Place {
    let before = &source[..offset];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
