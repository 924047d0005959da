//! Refuses functions that would occupy the compiler for minutes. The compiler's work for one function grows faster than
//! its size: with the values that live through nested loops, and with its blocks.

use wasmparser::{BinaryReaderError, FunctionBody, Operator, Parser, Payload};

use super::PackageError;

/// The most functions of a package, over all its modules.
const MAX_FUNCTIONS: usize = 200_000;

/// The largest body of one function, in bytes. Interpreters have the largest ones, of about 100 KB.
const MAX_BODY: usize = 512 * 1024;

/// The most blocks, loops and conditions inside each other. A `match` in Rust nests as many as it has arms.
const MAX_DEPTH: usize = 2000;

/// The most locals of one function, times its deepest nesting of loops. Optimised code has some hundred locals and a
/// few loops inside each other; a package of 200 KB with 2000 locals in 400 loops takes more than a quarter of an hour.
const MAX_LOOP_VALUES: usize = 100_000;

/// Checks each function of a component.
pub(super) fn check(component: &[u8]) -> Result<(), PackageError> {
    let invalid = |error: BinaryReaderError| PackageError::Invalid(error.to_string());
    let mut functions = 0;
    for payload in Parser::new(0).parse_all(component) {
        let Payload::CodeSectionEntry(body) = payload.map_err(invalid)? else { continue };
        functions += 1;
        if functions > MAX_FUNCTIONS {
            return Err(PackageError::TooComplex(format!("it has more than {MAX_FUNCTIONS} functions")));
        }
        check_function(&body)
            .map_err(invalid)?
            .map_err(|reason| PackageError::TooComplex(format!("its function {} {reason}", functions - 1)))?;
    }
    Ok(())
}

/// The inner error completes "its function 5 ...".
fn check_function(body: &FunctionBody<'_>) -> Result<Result<(), String>, BinaryReaderError> {
    let size = body.as_bytes().len();
    if size > MAX_BODY {
        return Ok(Err(format!("has {size} bytes; at most {MAX_BODY} are allowed")));
    }
    let mut locals = 0_usize;
    for group in body.get_locals_reader()? {
        locals = locals.saturating_add(usize::try_from(group?.0).unwrap_or(usize::MAX));
    }
    // Whether each open block is a loop.
    let (mut blocks, mut loops) = (Vec::new(), 0_usize);
    for operator in body.get_operators_reader()? {
        match operator? {
            Operator::Loop { .. } => {
                blocks.push(true);
                loops += 1;
            }
            Operator::Block { .. } | Operator::If { .. } | Operator::TryTable { .. } => blocks.push(false),
            Operator::End if blocks.pop() == Some(true) => loops -= 1,
            _ => {}
        }
        if blocks.len() > MAX_DEPTH {
            return Ok(Err(format!("has more than {MAX_DEPTH} blocks inside each other")));
        }
        if locals.saturating_mul(loops) > MAX_LOOP_VALUES {
            return Ok(Err(format!(
                "has {locals} locals in {loops} loops inside each other; split it into smaller functions"
            )));
        }
    }
    Ok(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks a component with one function of this body.
    fn checked(body: &str) -> Result<(), String> {
        let component = wat::parse_str(format!("(component (core module (func {body})))")).unwrap();
        check(&component).map_err(|error| error.to_string())
    }

    fn nested(block: &str, count: usize) -> String {
        format!("{}{}", format!("({block} ").repeat(count), ")".repeat(count))
    }

    #[test]
    fn many_locals_in_nested_loops_are_refused() {
        let locals = |count: usize| format!("(local {})", "i32 ".repeat(count));
        assert_eq!(checked(&(locals(2000) + &nested("loop", 50))), Ok(()));
        let reason = "the file would take too long to compile: its function 0 has 2000 locals in 51 loops inside \
             each other; split it into smaller functions";
        assert_eq!(checked(&(locals(2000) + &nested("loop", 400))).unwrap_err(), reason);
        assert_eq!(checked(&(locals(2000) + &nested("block", 400))), Ok(()));
    }

    #[test]
    fn deep_blocks_and_large_bodies_are_refused() {
        assert_eq!(checked(&nested("block", MAX_DEPTH)), Ok(()));
        assert!(checked(&nested("block", MAX_DEPTH + 1)).is_err());
        assert_eq!(checked(&"nop ".repeat(MAX_BODY - 10)), Ok(()));
        assert!(checked(&"nop ".repeat(MAX_BODY)).is_err());
    }
}
