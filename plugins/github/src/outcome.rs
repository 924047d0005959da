//! The outcomes of a delivery: a message from a template, or nothing.

use jackfield_sdk::prelude::*;

use crate::foreign;

/// Posts nothing: this event, or this action of it, is not shown.
pub(crate) fn not_shown(event: &str, action: &str) -> Outcome {
    let (event, action) = (foreign::line(event), foreign::line(action));
    if action.is_empty() {
        return Outcome::ignored(format!("event {event} is not shown"));
    }
    Outcome::ignored(format!("event {event} with action {action} is not shown"))
}

/// Posts the message that this template renders.
pub(crate) fn message<V: serde::Serialize>(ctx: &Ctx, template: &str, view: &V) -> Result<Outcome> {
    Ok(Outcome::message(ctx.render(template, view)?.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_name_event_and_action() {
        let reason = |event, action| not_shown(event, action).ignored;
        assert_eq!(reason("fork", ""), Some("event fork is not shown".into()));
        assert_eq!(reason("star", "created"), Some("event star with action created is not shown".into()));
    }
}
