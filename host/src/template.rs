//! A plugin's templates, compiled once when it is loaded. The template language is in the SDK, so that plugin tests
//! use the same one. Mails use it too.

mod mail;

use std::fmt;
use std::sync::Arc;

pub use jackfield_templates::{RenderError, TemplateError};
pub use mail::MailTemplates;

use jackfield_templates::Handlebars;

/// Largest data for one rendering, in bytes of JSON text.
pub const MAX_DATA: usize = 1024 * 1024;

/// Compiled templates by name. Cheap to clone.
#[derive(Clone)]
pub struct Templates(Arc<Handlebars<'static>>);

impl Templates {
    /// Compiles (name, source) pairs.
    pub fn compile<'a>(sources: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, TemplateError> {
        let mut registry = jackfield_templates::registry();
        for (name, source) in sources {
            jackfield_templates::add(&mut registry, name, source)?;
        }
        Ok(Self(Arc::new(registry)))
    }

    /// Renders a template with JSON data. The error is a sentence that names the template and, where known, line and
    /// column.
    pub fn render(&self, name: &str, data_json: &str) -> Result<String, String> {
        if data_json.len() > MAX_DATA {
            return Err(format!(
                "template `{name}`: its data has {} bytes, at most {MAX_DATA} are allowed",
                data_json.len()
            ));
        }
        let data: serde_json::Value = serde_json::from_str(data_json)
            .map_err(|error| format!("template `{name}`: its data is not JSON: {error}"))?;
        jackfield_templates::render(&self.0, name, &data).map_err(|error| error.to_string())
    }
}

impl Default for Templates {
    fn default() -> Self {
        Self(Arc::new(jackfield_templates::registry()))
    }
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.get_templates().keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_rendering_says_where() {
        let templates = Templates::compile([("push", "Hello\n{{who}}")]).unwrap();
        assert_eq!(templates.render("push", r#"{"who":"you"}"#).unwrap(), "Hello\nyou");
        let error = templates.render("push", "{}").unwrap_err();
        assert!(error.contains("`push`, line 2") && error.contains("`who`"), "{error}");
        assert!(
            templates.render("push", "{").unwrap_err().starts_with("template `push`: its data is not JSON")
        );
        assert!(templates.render("pull", "{}").unwrap_err().contains("`pull`"));
    }
}
