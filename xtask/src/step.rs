//! The steps of `cargo xtask test`: their order, what each depends on, and the table that sums up a run.

use std::fmt::{self, Display, Write};
use std::time::Duration;

use clap::ValueEnum;

/// The steps in the order in which they run. The quickest checks come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Step {
    /// The code is formatted
    Fmt,
    /// The titles of commits are as STYLE.md says
    Commits,
    /// The target plugins are compiled for is installed
    Wasm,
    /// Everything is built, and no lint complains, neither on this machine's target nor, for plugins, on theirs
    Clippy,
    /// A private PostgreSQL server runs for the tests
    Postgres,
    /// Every plugin is built, by the host's program
    Plugins,
    /// Clients that others wrote are installed for the tests
    Clients,
    /// All tests: units, documentation, house rules, store on both databases, flows
    Tests,
    /// Licences, banned crates and sources of the dependencies
    Deny,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    /// Contains the reason.
    Skipped(&'static str),
    Failed,
    Interrupted,
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub(crate) step: Step,
    /// How long it took and how it ended; `None` for a step that was never reached.
    pub(crate) ended: Option<(Duration, Outcome)>,
}

/// Returns the steps to run: the requested ones with all their dependencies, or all steps. A filter selects the tests.
pub(crate) fn plan(only: &[Step], filter: Option<&str>) -> Vec<Step> {
    let asked: &[Step] = match (only, filter) {
        ([], None) => Step::value_variants(),
        ([], Some(_)) => &[Step::Tests],
        (chosen, _) => chosen,
    };
    let mut steps: Vec<Step> = asked.iter().flat_map(|step| step.rests_on().iter().copied()).collect();
    steps.extend(asked);
    steps.sort_unstable();
    steps.dedup();
    steps
}

pub(crate) fn table(lines: &[Line]) -> String {
    let mut text = format!("{:<10}{:>12}  result\n", "step", "time");
    for line in lines {
        let took = line.ended.map_or_else(|| "-".to_owned(), |(time, _)| duration(time));
        let result = line.ended.map_or_else(|| "not run".to_owned(), |(_, outcome)| outcome.to_string());
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:<10}{took:>12}  {result}", line.step.to_string());
    }
    text
}

pub(crate) fn duration(time: Duration) -> String {
    let tenths = time.as_millis() / 100;
    if tenths < 600 {
        return format!("{}.{} s", tenths / 10, tenths % 10);
    }
    let seconds = time.as_secs();
    format!("{} min {:02} s", seconds / 60, seconds % 60)
}

impl Step {
    /// Everything that must have run before, in any order; `plan` sorts.
    fn rests_on(self) -> &'static [Self] {
        match self {
            Self::Fmt | Self::Commits | Self::Wasm | Self::Postgres | Self::Clients | Self::Deny => &[],
            Self::Clippy | Self::Plugins => &[Self::Wasm],
            Self::Tests => &[Self::Wasm, Self::Postgres, Self::Plugins, Self::Clients],
        }
    }
}

impl Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("ok"),
            Self::Skipped(why) => write!(f, "skipped: {why}"),
            Self::Failed => f.write_str("FAILED"),
            Self::Interrupted => f.write_str("interrupted"),
        }
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        f.write_str(value.as_ref().map_or("step", |value| value.get_name()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_runs_unless_something_is_chosen() {
        assert_eq!(plan(&[], None), Step::value_variants());
    }

    #[test]
    fn a_chosen_step_runs_only_with_its_dependencies() {
        assert_eq!(plan(&[Step::Fmt], None), [Step::Fmt]);
        assert_eq!(plan(&[Step::Deny, Step::Clippy], None), [Step::Wasm, Step::Clippy, Step::Deny]);
        let tests = [Step::Wasm, Step::Postgres, Step::Plugins, Step::Clients, Step::Tests];
        assert_eq!(plan(&[Step::Tests], None), tests);
        assert_eq!(plan(&[], Some("store::posts")), tests);
        assert_eq!(plan(&[Step::Fmt], Some("store::posts")), [Step::Fmt]);
    }

    #[test]
    fn dependencies_of_a_step_run_before_it() {
        for step in Step::value_variants() {
            assert!(step.rests_on().iter().all(|earlier| earlier < step), "{step} comes too early");
            for earlier in step.rests_on() {
                let deeper = earlier.rests_on();
                assert!(deeper.iter().all(|one| step.rests_on().contains(one)), "{step} misses one");
            }
        }
    }

    #[test]
    fn the_table_distinguishes_the_outcomes() {
        let line =
            |step, millis, outcome| Line { step, ended: Some((Duration::from_millis(millis), outcome)) };
        let lines = [
            line(Step::Fmt, 1_250, Outcome::Passed),
            line(Step::Clippy, 40, Outcome::Skipped("not installed")),
            line(Step::Postgres, 123_000, Outcome::Failed),
            line(Step::Tests, 900, Outcome::Interrupted),
            Line { step: Step::Deny, ended: None },
        ];
        let expected = "\
step              time  result
fmt              1.2 s  ok
clippy           0.0 s  skipped: not installed
postgres    2 min 03 s  FAILED
tests            0.9 s  interrupted
deny                 -  not run
";
        assert_eq!(table(&lines), expected);
    }

    #[test]
    fn durations_change_unit_at_a_minute() {
        assert_eq!(duration(Duration::from_millis(59_999)), "59.9 s");
        assert_eq!(duration(Duration::from_mins(1)), "1 min 00 s");
        assert_eq!(duration(Duration::from_secs(3_725)), "62 min 05 s");
    }
}
