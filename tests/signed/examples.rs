//! The client programs of `examples/signed-api`, run as documented if their interpreter is installed.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use jackfield_tests::{TestHost, each_backend, soon};
use serde_json::{Value, json};
use tokio::process::Command;

use super::{App, notices};
use crate::support::posts;

/// The interpreter, the script, and the sender's name.
const PROGRAMS: [(&str, &str, &str); 5] = [
    ("sh", "signed.sh", "sh"),
    ("python3", "signed.py", "Python"),
    ("node", "signed.mjs", "JavaScript"),
    ("php", "signed.php", "PHP"),
    ("java", "Signed.java", "Java"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/signed-api")
}

/// Returns the output of a program, or None if its interpreter is not installed.
async fn run(host: &TestHost, app: &App, interpreter: &str, script: &str) -> Option<String> {
    let mut command = Command::new(interpreter);
    command
        .arg(script)
        .arg("anna")
        .current_dir(folder())
        .env("JACKFIELD_URL", &host.url)
        .env("JACKFIELD_CODE", &app.code)
        .env("JACKFIELD_KEY", &app.key)
        .env("NO_PROXY", "127.0.0.1")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = match soon(script, command.output()).await {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => panic!("{interpreter} does not start: {error}"),
    };
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}: {}\n{complaint}", output.status);
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

each_backend! {
    async fn each_program_signs_and_calls_all_methods(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let app = App::create(&host, json!({})).await;
        let mut ran = 0;
        for (interpreter, script, name) in PROGRAMS {
            let Some(said) = run(&host, &app, interpreter, script).await else { continue };
            ran += 1;
            let responses: Vec<Value> =
                said.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{script}: {said}"))).collect();
            assert_eq!(responses.len(), 4, "{script}: {said}");
            assert!(responses.iter().all(|response| response["result"] == "success"), "{script}: {said}");
            assert_eq!(responses[0]["data"].as_object().expect("groups").len(), 2, "{script}: {said}");
            assert_eq!(notices(&anna).await[0]["sender"]["name"], name);
            let gid = responses[0]["data"].as_object().expect("groups").keys().next().expect("a group").clone();
            let square = app.gid("Town Square").await;
            if gid == square {
                let post = posts(&anna, &place.channel_id).await.pop().expect("a post");
                assert_eq!(post["props"]["override_username"], name);
            }
        }
        assert!(ran >= 1, "none of the interpreters is here");
    }
}

#[test]
fn each_program_is_short() {
    for (_, script, _) in PROGRAMS {
        let text = std::fs::read_to_string(folder().join(script)).expect("the program");
        assert!(text.lines().count() < 40, "{script}");
    }
}
