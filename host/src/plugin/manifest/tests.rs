//! Manifests as the SDK writes them, and every way they can be wrong.

use super::*;

const PLUGIN: &str = r#"{"record":"plugin","id":"dev.jackfield.dice","version":"1.0.0","name":"Dice","description":"Rolls dice.","sdk":"1.0.0","schema":1}"#;
const COMMAND: &str = r#"{"record":"command","trigger":"roll","hint":"[dice]","help":"Rolls dice.","arguments":[{"name":"dice","type":"string","required":true,"variadic":false,"default":null,"choices":[]}]}"#;

fn manifest(lines: &[&str]) -> Result<Manifest, ManifestError> {
    Manifest::parse(lines.join("\n").as_bytes())
}

fn refusal(lines: &[&str]) -> String {
    manifest(lines).unwrap_err().to_string()
}

#[test]
fn records_of_all_kinds_are_read() {
    let read = manifest(&[
        COMMAND,
        PLUGIN,
        r#"{"record":"bridge","name":"github","verifier":"github"}"#,
        r#"{"record":"template","name":"push","source":"{{ref}}"}"#,
        r#"{"record":"limits","memory_mib":16,"bridge_ms":2000}"#,
    ])
    .unwrap();
    assert_eq!(read.plugin.id.as_str(), "dev.jackfield.dice");
    assert_eq!(read.commands[0].arguments[0].kind, ArgumentKind::String);
    assert_eq!(read.bridges, [BridgeRecord { name: "github".to_owned(), verifier: Verifier::Github }]);
    assert_eq!(read.templates[0].name, "push");
    assert_eq!(
        read.call_limits(),
        CallLimits { memory: Some(16 << 20), time: [("bridge", Duration::from_secs(2))].into() }
    );
}

#[test]
fn an_unknown_record_or_field_is_named_with_its_line() {
    assert_eq!(
        refusal(&[PLUGIN, "", r#"{"record":"cron","job":"x"}"#]),
        "manifest line 3: unknown record `cron`; this server knows plugin, command, bridge, template and limits"
    );
    let text = refusal(&[PLUGIN, r#"{"record":"bridge","name":"a","verifier":"none","extra":1}"#]);
    assert!(text.starts_with("manifest line 2, record `bridge`: unknown field `extra`"), "{text}");
    assert_eq!(
        refusal(&[PLUGIN, "[]"]),
        "manifest line 2 is not a JSON object; build the plugin with the Jackfield SDK"
    );
    assert_eq!(
        refusal(&[COMMAND]),
        "the manifest has no `plugin` record; put `#[plugin]` on the plugin's `impl`"
    );
    assert_eq!(
        refusal(&[PLUGIN]),
        "the manifest declares no command and no bridge; add a `#[command]` or a `#[bridge]`"
    );
}

#[test]
fn a_duplicate_declaration_is_refused() {
    assert_eq!(
        refusal(&[PLUGIN, COMMAND, COMMAND]),
        "manifest line 3, record `command`: `roll` is declared twice"
    );
    assert_eq!(refusal(&[PLUGIN, PLUGIN]), "manifest line 2, record `plugin`: there may be only one");
}

#[test]
fn malformed_names_and_versions_are_refused() {
    for (from, to, reason) in [
        ("dev.jackfield.dice", "dice", "`dice` is not a plugin id"),
        ("\"version\":\"1.0.0\"", "\"version\":\"1\"", "`version` is `1`, not a semantic version"),
        ("\"schema\":1", "\"schema\":2", "schema 2 is not known; this server reads schema 1"),
    ] {
        let text = refusal(&[&PLUGIN.replace(from, to), COMMAND]);
        assert!(text.contains(reason), "{text}");
    }
    for trigger in ["", "Roll", "/roll", "ro ll"] {
        let text = refusal(&[PLUGIN, &COMMAND.replace("\"roll\"", &format!("\"{trigger}\""))]);
        assert!(text.contains(&format!("`{trigger}` is not a trigger")), "{text}");
    }
}

#[test]
fn arguments_must_be_in_an_order_that_can_be_parsed() {
    let argument = |name: &str, required: bool, variadic: bool| {
        format!(
            r#"{{"name":"{name}","type":"integer","required":{required},"variadic":{variadic},"default":null,"choices":[]}}"#
        )
    };
    let command = |arguments: &[String]| {
        format!(r#"{{"record":"command","trigger":"x","arguments":[{}]}}"#, arguments.join(","))
    };
    let refused = |arguments: &[String]| refusal(&[PLUGIN, &command(arguments)]);
    assert_eq!(
        refused(&[argument("a", false, false), argument("b", true, false)]),
        "manifest line 2, record `command`: required argument `b` of `/x` stands after optional `a`; put required ones first"
    );
    assert!(refused(&[argument("a", true, true), argument("b", true, false)]).contains("must be the last"));
    assert!(refused(&[argument("a", true, false), argument("a", true, false)]).contains("declared twice"));
}

#[test]
fn a_broken_template_is_named() {
    let text = refusal(&[PLUGIN, COMMAND, r#"{"record":"template","name":"push","source":"{{#if}}"}"#]);
    assert!(text.contains("`push`"), "{text}");
    let text = refusal(&[PLUGIN, COMMAND, r#"{"record":"template","name":"../x","source":""}"#]);
    assert!(text.contains("`../x` is not a template name"), "{text}");
}

#[test]
fn an_oversized_manifest_is_refused() {
    let long = vec![b' '; MAX_MANIFEST + 1];
    assert!(matches!(Manifest::parse(&long), Err(ManifestError::TooLarge(size)) if size == MAX_MANIFEST + 1));
}
