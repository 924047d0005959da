//! Compares the host's signer with an independent one, Python's standard library, over random parameters.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use jackfield::signed::php::PhpQuery;
use jackfield::signed::token::{d1_text, d2_pairs, d2_text, query_token, time_token};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

/// The number of parameter sets; each is signed in all three dialects.
const CASES: u32 = 400;

/// The independent signer, which signs one line at a time.
struct Python {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Python {
    fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/python/signer.py");
        let mut command = Command::new("python3");
        command.arg(script).env("PYTHONIOENCODING", "utf-8").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("python3 starts");
        let questions = child.stdin.take().expect("a pipe");
        let answers = BufReader::new(child.stdout.take().expect("a pipe"));
        Self { child, questions, answers }
    }

    fn token(&mut self, dialect: &str, case: &Case) -> String {
        let (pairs, key, method, time) = (&case.pairs, &case.key, &case.method, &case.time);
        let asked = json!({"dialect": dialect, "pairs": pairs, "key": key, "method": method, "time": time});
        writeln!(self.questions, "{asked}").expect("python3 reads");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("python3 answers");
        answer.trim_end().to_owned()
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // The signer may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[derive(Debug, Clone)]
struct Case {
    pairs: Vec<(String, String)>,
    /// Which spelling is used for each byte that has several.
    ways: Vec<u8>,
    key: String,
    method: String,
    time: String,
}

impl Case {
    /// Returns a query as a client may send it: some bytes are escaped needlessly, and hex digits are of either case.
    fn query(&self) -> String {
        let mut ways = self.ways.iter().cycle();
        let mut written = |text: &str| {
            let mut out = String::new();
            for byte in text.bytes() {
                let way = ways.next().copied().unwrap_or_default() % 3;
                match (byte, way) {
                    (b' ', 0) => out.push('+'),
                    (
                        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'*' | b'/',
                        0 | 1,
                    ) => {
                        out.push(char::from(byte));
                    }
                    (_, 2) => write!(out, "%{byte:02x}").expect("a text grows"),
                    _ => write!(out, "%{byte:02X}").expect("a text grows"),
                }
            }
            out
        };
        let pieces: Vec<String> =
            self.pairs.iter().map(|(name, value)| format!("{}={}", written(name), written(value))).collect();
        pieces.join("&")
    }
}

/// Generates names that PHP does not rewrite; unlike other signers, it replaces `.`, blanks and brackets.
fn cases() -> impl Strategy<Value = Case> {
    let name = "[a-zA-Z0-9_~:é中-]{1,8}";
    let pair = (name, "[^\u{0}]{0,12}");
    (vec(pair, 0..6), vec(any::<u8>(), 1..40), "[a-z0-9]{32}", "[a-zA-Z]{1,16}", "[0-9]{10,13}").prop_map(
        |(mut pairs, ways, key, method, time)| {
            let mut seen = std::collections::HashSet::new();
            pairs.retain(|(name, _)| name != "token" && name != "code" && seen.insert(name.clone()));
            pairs.insert(pairs.len() / 2, ("code".to_owned(), "appcode".to_owned()));
            Case { pairs, ways, key, method, time }
        },
    )
}

#[test]
fn the_hosts_signer_agrees_with_pythons() {
    let mut python = Python::start();
    let mut runner = TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() });
    let asked = std::sync::Mutex::new(&mut python);
    let done = runner.run(&cases(), |case| {
        let mut python = asked.lock().expect("one at a time");
        let query = case.query();
        let read = PhpQuery::parse(&query).expect("a query");
        prop_assert_eq!(query_token(&d1_text(&read), &case.key), python.token("d1", &case), "{}", query);
        let pairs = d2_pairs(&query).expect("a query");
        let text = d2_text(&case.method, &pairs);
        prop_assert_eq!(query_token(&text, &case.key), python.token("d2", &case), "{}", text);
        prop_assert_eq!(time_token("appcode", &case.key, &case.time), python.token("d3", &case));
        Ok(())
    });
    done.unwrap_or_else(|failed| panic!("{failed}"));
}
