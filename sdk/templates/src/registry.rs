//! How a template calls the helpers: which names exist, how many arguments they take and of what kind, and which error
//! the author gets if a call does not match.

use std::cmp::Ordering;

use handlebars::{
    Context, Handlebars, Helper, HelperDef, JsonTruthy, RenderContext, RenderError, RenderErrorReason,
    ScopedJson, no_escape,
};
use serde_json::Value;

use crate::{budget, markdown};

/// The helper that [`crate::add`] puts first into every loop body and before every block. It costs a step and writes
/// nothing.
pub(crate) const STEP: &str = "jackfield_step";

/// Names a template may call to get a value.
pub(crate) const VALUES: [&str; 17] = [
    "short_sha",
    "first_line",
    "truncate",
    "quote",
    "plural",
    "escape",
    "len",
    "lookup",
    "eq",
    "ne",
    "gt",
    "gte",
    "lt",
    "lte",
    "and",
    "or",
    "not",
];

/// Names a template may open a block with.
pub(crate) const BLOCKS: [&str; 5] = ["if", "unless", "each", "with", "raw"];

/// A registry with the language and no templates; fill it with [`crate::add`], use it with [`crate::render`].
pub fn registry() -> Handlebars<'static> {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    registry.register_escape_fn(no_escape);
    registry.unregister_helper("log");
    for value in CALLS {
        registry.register_helper(value.name, Box::new(value));
    }
    registry.register_helper("and", Box::new(Logic::And));
    registry.register_helper("or", Box::new(Logic::Or));
    registry
}

/// A helper that combines the truths of any number of arguments; a missing field is false. The built-in ones cost no
/// steps.
#[derive(Clone, Copy)]
enum Logic {
    And,
    Or,
}

/// A helper that computes one value from its arguments.
#[derive(Clone, Copy)]
struct Call {
    name: &'static str,
    arguments: usize,
    value: fn(Arguments<'_, '_>) -> Result<Value, RenderErrorReason>,
}

const CALLS: [Call; 16] = [
    Call { name: "short_sha", arguments: 1, value: |given| Ok(markdown::short_sha(given.text(0)?).into()) },
    Call { name: "first_line", arguments: 1, value: |given| Ok(markdown::first_line(given.text(0)?).into()) },
    Call {
        name: "truncate",
        arguments: 2,
        value: |given| Ok(markdown::truncate(given.text(0)?, given.length(1)?).into()),
    },
    Call { name: "quote", arguments: 1, value: |given| Ok(markdown::quote(given.text(0)?).into()) },
    Call {
        name: "plural",
        arguments: 3,
        value: |given| {
            let (one, many) = (given.text(1)?, given.text(2)?);
            Ok(if given.number(0)? == 1 { one } else { many }.into())
        },
    },
    Call { name: "escape", arguments: 1, value: |given| Ok(markdown::escape(given.text(0)?).into()) },
    Call { name: "len", arguments: 1, value: |given| given.len(0) },
    Call { name: "lookup", arguments: 2, value: |given| given.lookup() },
    Call { name: "eq", arguments: 2, value: |given| Ok(given.equal()?.into()) },
    Call { name: "ne", arguments: 2, value: |given| Ok((!given.equal()?).into()) },
    Call { name: "gt", arguments: 2, value: |given| Ok(given.order()?.is_gt().into()) },
    Call { name: "gte", arguments: 2, value: |given| Ok(given.order()?.is_ge().into()) },
    Call { name: "lt", arguments: 2, value: |given| Ok(given.order()?.is_lt().into()) },
    Call { name: "lte", arguments: 2, value: |given| Ok(given.order()?.is_le().into()) },
    Call { name: "not", arguments: 1, value: |given| Ok((!given.value(0).is_truthy(false)).into()) },
    Call { name: STEP, arguments: 0, value: |_| Ok("".into()) },
];

/// The arguments of one call, read as the kind the helper needs.
#[derive(Clone, Copy)]
struct Arguments<'call, 'rc> {
    name: &'static str,
    given: &'call Helper<'rc>,
}

// === impl Logic ===

impl HelperDef for Logic {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        given: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        budget::spend(1)?;
        let mut truths = given.params().iter().map(|argument| argument.value().is_truthy(false));
        let truth = match self {
            Self::And => truths.all(|truth| truth),
            Self::Or => truths.any(|truth| truth),
        };
        Ok(ScopedJson::Derived(truth.into()))
    }
}

// === impl Call ===

impl HelperDef for Call {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        given: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        budget::spend(1)?;
        let count = given.params().len();
        if count != self.arguments {
            let noun = if self.arguments == 1 { "argument" } else { "arguments" };
            let reason = format!("helper `{}` takes {} {noun}, not {count}", self.name, self.arguments);
            return Err(RenderErrorReason::Other(reason).into());
        }
        if let Some(missing) = given.params().iter().find(|argument| argument.is_value_missing()) {
            return Err(RenderError::strict_error(missing.relative_path()));
        }
        Ok(ScopedJson::Derived((self.value)(Arguments { name: self.name, given })?))
    }
}

// === impl Arguments ===

impl Arguments<'_, '_> {
    fn text(&self, index: usize) -> Result<&str, RenderErrorReason> {
        let value = self.value(index);
        let text = value.as_str().ok_or_else(|| self.wrong(index, "a text"))?;
        budget::spend_on_text(text)?;
        Ok(text)
    }

    fn number(&self, index: usize) -> Result<i64, RenderErrorReason> {
        self.value(index).as_i64().ok_or_else(|| self.wrong(index, "a whole number"))
    }

    fn length(&self, index: usize) -> Result<usize, RenderErrorReason> {
        let length = self.value(index).as_u64().and_then(|length| usize::try_from(length).ok());
        length.ok_or_else(|| self.wrong(index, "a whole number from 0"))
    }

    /// Replaces the built-in `len`, which copies its argument and counts a text in bytes.
    fn len(&self, index: usize) -> Result<Value, RenderErrorReason> {
        match self.value(index) {
            Value::Array(list) => Ok(list.len().into()),
            Value::Object(map) => Ok(map.len().into()),
            Value::String(_) => Ok(self.text(index)?.chars().count().into()),
            _ => Err(self.wrong(index, "a list, an object or a text")),
        }
    }

    /// Replaces the built-in `lookup`. This one names what was not found and charges for what it copies.
    fn lookup(&self) -> Result<Value, RenderErrorReason> {
        let key = self.value(1);
        let found = match self.value(0) {
            Value::Array(list) => list.get(self.length(1)?),
            Value::Object(map) => map.get(self.text(1)?),
            _ => return Err(self.wrong(0, "a list or an object")),
        };
        let found = found.ok_or_else(|| RenderErrorReason::MissingVariable(Some(key.to_string())))?;
        pay_for(found)?;
        Ok(found.clone())
    }

    /// Replaces the built-in comparison, which costs no steps however long the values are. The next ones do the same.
    fn equal(&self) -> Result<bool, RenderErrorReason> {
        pay_for(self.value(0))?;
        Ok(self.value(0) == self.value(1))
    }

    fn order(&self) -> Result<Ordering, RenderErrorReason> {
        let order = match (self.value(0), self.value(1)) {
            (Value::Number(left), Value::Number(right)) => match (left.as_i128(), right.as_i128()) {
                (Some(left), Some(right)) => Some(left.cmp(&right)),
                _ => left.as_f64().zip(right.as_f64()).and_then(|(left, right)| left.partial_cmp(&right)),
            },
            (Value::String(_), Value::String(_)) => Some(self.text(0)?.cmp(self.text(1)?)),
            _ => None,
        };
        order.ok_or_else(|| {
            let reason = format!("helper `{}` needs two numbers or two texts", self.name);
            RenderErrorReason::Other(reason)
        })
    }

    fn value(&self, index: usize) -> &Value {
        self.given.param(index).map_or(&Value::Null, |argument| argument.value())
    }

    fn wrong(&self, index: usize, wanted: &str) -> RenderErrorReason {
        let kind = match self.value(index) {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a text",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        let path = self.given.param(index).and_then(|argument| argument.relative_path());
        let which = path.map_or_else(|| format!("argument {}", index + 1), |path| format!("`{path}`"));
        RenderErrorReason::Other(format!("helper `{}` needs {wanted}, but {which} is {kind}", self.name))
    }
}

/// Charges for a helper that walks over a whole value.
fn pay_for(value: &Value) -> Result<(), RenderErrorReason> {
    match value {
        Value::String(text) => budget::spend_on_text(text),
        Value::Array(list) => list.iter().try_for_each(pay_for),
        Value::Object(map) => map.values().try_for_each(pay_for),
        _ => budget::spend(1),
    }
}
