//! A plugin's templates, compiled once when it is loaded. The template language is in the SDK, so that plugin tests
//! use the same one. Mails use it too.

mod mail;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use jackfield_templates::{RenderError, TemplateError};
pub use mail::MailTemplates;

use jackfield_templates::Handlebars;
use tokio::sync::Semaphore;

use crate::budget::Budget;

/// Largest data for one rendering, in bytes of JSON text.
pub const MAX_DATA: usize = 1024 * 1024;

/// How long one rendering of a plugin's template may take. After that it fails. Real messages take a millisecond.
const MAX_TIME: Duration = Duration::from_millis(200);

/// Renderings for plugins at once. Further ones wait, within the time of their calls, so that plugins leave processors
/// to others.
const AT_ONCE: usize = 2;

/// Bytes of memory that one byte of JSON takes as a tree of values, at most.
pub const TREE: usize = 32;

/// Renders plugins' templates off the executor. Cheap to clone; all clones share the limits.
#[derive(Clone)]
pub struct Renderings {
    turns: Arc<Semaphore>,
    /// The memory of plugins' calls, on which renderings draw, too.
    memory: Budget,
}

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

    /// Renders a template with JSON data, within [`MAX_TIME`]. The error is a sentence that names the template and,
    /// where known, line and column.
    pub fn render(&self, name: &str, data_json: &str) -> Result<String, String> {
        if data_json.len() > MAX_DATA {
            return Err(format!(
                "template `{name}`: its data has {} bytes; at most {MAX_DATA} are allowed",
                data_json.len()
            ));
        }
        let data: serde_json::Value = serde_json::from_str(data_json)
            .map_err(|error| format!("template `{name}`: its data is not JSON: {error}"))?;
        let rendered = jackfield_templates::render_within(&self.0, name, &data, MAX_TIME);
        rendered.map_err(|error| error.to_string())
    }
}

impl Renderings {
    pub fn new(memory: Budget) -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), memory }
    }

    /// Renders as [`Templates::render`] does, when it is this rendering's turn.
    pub async fn render(
        &self,
        templates: &Templates,
        name: String,
        data_json: String,
    ) -> Result<String, String> {
        let stopped = "the server stopped during the rendering";
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| stopped)?;
        let size = data_json.len().min(MAX_DATA) * TREE;
        // It does not wait for memory, because calls that need more could not overtake it.
        let memory = self.memory.try_reserve(size).map_err(|error| error.to_string())?;
        let templates = templates.clone();
        let rendering = tokio::task::spawn_blocking(move || {
            // Turn and memory return with the end of the work, not of a call that ran out of time.
            let _held = (turn, memory);
            templates.render(&name, &data_json)
        });
        rendering.await.map_err(|_| stopped)?
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
