//! Rendering: bounded, and with errors an author can act on. Handlebars reports "param 0 not found", but the author
//! needs the field's name, so it is looked up in the template at the place of the error.

use std::io;
use std::time::Duration;

use handlebars::template::{HelperTemplate, Parameter, TemplateElement};
use handlebars::{Handlebars, RenderErrorReason, Template};
use serde::Serialize;

use crate::budget;
use crate::error::RenderError;

/// The most bytes one rendering may write, many times what fits into a post.
pub const MAX_OUTPUT: usize = 256 * 1024;

/// Renders a template that [`crate::add`] put into the registry.
pub fn render<D: Serialize>(registry: &Handlebars<'_>, name: &str, data: &D) -> Result<String, RenderError> {
    render_to_page(registry, name, data, None)
}

/// Renders like [`render`], and fails after this time.
pub fn render_within<D: Serialize>(
    registry: &Handlebars<'_>,
    name: &str,
    data: &D,
    time: Duration,
) -> Result<String, RenderError> {
    render_to_page(registry, name, data, Some(time))
}

fn render_to_page<D: Serialize>(
    registry: &Handlebars<'_>,
    name: &str,
    data: &D,
    time: Option<Duration>,
) -> Result<String, RenderError> {
    let mut page = Page::default();
    budget::limited(time, || registry.render_to_write(name, data, &mut page)).map_err(|fault| {
        RenderError {
            template: name.to_owned(),
            line: fault.line_no,
            column: fault.column_no,
            reason: match fault.reason() {
                _ if page.full => format!("it writes more than {MAX_OUTPUT} bytes"),
                reason => explain(registry.get_template(name), fault.line_no.zip(fault.column_no), reason),
            },
        }
    })?;
    // Handlebars writes whole strings only, so there is nothing to replace.
    Ok(String::from_utf8_lossy(&page.text).into_owned())
}

/// Line and column, counted from 1.
type Place = (usize, usize);

/// The output so far.
#[derive(Default)]
struct Page {
    text: Vec<u8>,
    full: bool,
}

impl io::Write for Page {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        if self.text.len() + piece.len() > MAX_OUTPUT {
            self.full = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.text.extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn explain(template: Option<&Template>, place: Option<Place>, reason: &RenderErrorReason) -> String {
    match reason {
        RenderErrorReason::TemplateNotFound(_) => "there is no template of this name".to_owned(),
        RenderErrorReason::MissingVariable(Some(path)) => format!("field `{path}` is missing"),
        RenderErrorReason::MissingVariable(None) => "a field is missing".to_owned(),
        RenderErrorReason::ParamNotFoundForIndex(helper, index) => {
            let call =
                template.zip(place).and_then(|(template, place)| call_at(template, place, place, helper));
            match call.and_then(|call| call.params.get(*index)).and_then(Parameter::as_name) {
                Some(path) => format!("field `{path}` is missing"),
                None => format!("helper `{helper}` needs an argument {}", index + 1),
            }
        }
        RenderErrorReason::NestedError(source) => source.to_string(),
        other => other.to_string(),
    }
}

/// Returns the first call of this helper in the expression at this place. The parts of an `else` chain have no place of
/// their own; `around` is that of the block they belong to.
fn call_at<'t>(
    template: &'t Template,
    around: Place,
    place: Place,
    helper: &str,
) -> Option<&'t HelperTemplate> {
    template.elements.iter().enumerate().find_map(|(index, element)| {
        let (TemplateElement::Expression(call)
        | TemplateElement::HtmlExpression(call)
        | TemplateElement::HelperBlock(call)) = element
        else {
            return None;
        };
        let own = template.mapping.get(index).map_or(around, |mapping| (mapping.0, mapping.1));
        let here = (own == place).then(|| call_of(call, helper)).flatten();
        let bodies = || [&call.template, &call.inverse].into_iter().flatten();
        here.or_else(|| bodies().find_map(|body| call_at(body, own, place, helper)))
    })
}

fn call_of<'t>(call: &'t HelperTemplate, helper: &str) -> Option<&'t HelperTemplate> {
    if call.name.as_name() == Some(helper) {
        return Some(call);
    }
    call.params.iter().find_map(|argument| match argument {
        Parameter::Subexpression(inner) => match inner.as_element() {
            TemplateElement::Expression(inner) => call_of(inner, helper),
            _ => None,
        },
        _ => None,
    })
}
