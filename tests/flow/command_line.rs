//! Mistakes on the command line and in the settings are reported as sentences, with an exit code, before a start.

use std::process::{Command, Output};

use super::process::binary;

/// Runs the program and waits for its exit; it must not start a server.
fn run(arguments: &[&str]) -> Output {
    Command::new(binary()).args(arguments).output().expect("the program runs")
}

#[track_caller]
fn failed(output: &Output, code: i32) -> String {
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{complaint}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "results alone go to stdout");
    assert!(!complaint.contains("panicked"), "{complaint}");
    complaint
}

fn settings(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("jackfield.toml");
    std::fs::write(&file, text).expect("a settings file");
    let path = file.display().to_string();
    (folder, path)
}

#[test]
fn an_unknown_command_line_is_exit_code_2() {
    for arguments in
        [&["serve", "--nonsense"][..], &["nonsense"], &["serve", "--listen", "nowhere"], &["serve", "x"], &[]]
    {
        let complaint = failed(&run(arguments), 2);
        assert!(complaint.contains("--help"), "{arguments:?}: {complaint}");
    }
}

#[test]
fn help_and_version_are_results() {
    let version = run(&["--version"]);
    assert_eq!(version.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&version.stdout).starts_with("jackfield "));
    let help = run(&["serve", "--help"]);
    assert_eq!(help.status.code(), Some(0));
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    assert!(
        ["--data", "--listen", "--database", "--config"].iter().all(|option| help.contains(option)),
        "{help}"
    );
}

#[test]
fn an_unknown_option_in_the_settings_is_exit_code_1_and_names_the_nearest() {
    let (_folder, path) = settings("[server]\nlistn = \"127.0.0.1:0\"\n");
    let complaint = failed(&run(&["serve", "--config", &path]), 1);
    assert!(complaint.contains("`server.listn`") && complaint.contains("`server.listen`"), "{complaint}");
    assert!(complaint.contains(&path), "{complaint}");
}

#[test]
fn a_setting_of_a_wrong_type_is_exit_code_1_and_says_what_it_must_be() {
    let (_folder, path) = settings("[access]\nopen_signup = \"yes\"\n");
    let complaint = failed(&run(&["serve", "--config", &path]), 1);
    assert!(complaint.contains("`access.open_signup` must be true or false"), "{complaint}");
}

#[test]
fn settings_that_cannot_be_read_are_exit_code_1() {
    let (_folder, path) = settings("[server\n");
    assert!(failed(&run(&["serve", "--config", &path]), 1).contains("TOML"));
    let complaint = failed(&run(&["serve", "--config", "/nowhere/jackfield.toml"]), 1);
    assert!(complaint.contains("/nowhere/jackfield.toml"), "{complaint}");
}

#[test]
fn an_address_that_is_taken_is_exit_code_1_and_names_it() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().display().to_string();
    let complaint = failed(&run(&["serve", "--data", &data, "--listen", &address]), 1);
    assert!(complaint.contains(&address), "{complaint}");
}

#[test]
fn an_unknown_kind_of_database_is_exit_code_1() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().display().to_string();
    let arguments = ["serve", "--data", &data, "--listen", "127.0.0.1:0", "--database", "mysql://x"];
    assert!(failed(&run(&arguments), 1).contains("sqlite://PATH"));
}

#[test]
fn a_name_that_no_plugin_can_have_is_exit_code_1() {
    for name in ["", "Up", "1st", "a_b", "../a", &"a".repeat(65)] {
        let complaint = failed(&run(&["plugin", "new", name]), 1);
        assert!(complaint.contains("cannot name a plugin"), "{name}: {complaint}");
    }
}
