//! Files that are not valid plugins are refused with the reason, and nothing is stored.

use std::path::PathBuf;

use jackfield_tests::{TestClient, TestHost, each_backend, plugin_file};
use serde_json::{Value, json};

use super::made::{
    bridge, command, component, contract, core_module, package, plugin, unchecked, with_functions,
};
use super::{PLUGINS, enable, typed, upload};
use crate::support::refused_problem;

const ID: &str = "com.acme.made";

/// Why a file of another kind is refused.
const NOT_WASM: &str = "this is not a WebAssembly file; upload what `jackfield plugin build` prints";

/// Returns the reason why an upload is refused, and asserts that no plugin is stored.
async fn reason(admin: &TestClient, package: Vec<u8>) -> String {
    let error = refused_problem(&upload(admin, package).await, 422);
    assert_eq!(error["code"], "plugin.refused");
    assert_eq!(admin.get(PLUGINS).await.expect(200)["items"], json!([]));
    error["detail"].as_str().expect("a text").to_owned()
}

each_backend! {
    async fn a_file_that_is_not_webassembly_is_refused(host: TestHost) {
        let admin = host.admin().await;
        for bytes in [&b""[..], b"#!/bin/sh\n", b"{\"id\":\"x\"}", b"\0asm", &[0; 1000]] {
            assert_eq!(reason(&admin, bytes.to_vec()).await, NOT_WASM);
        }
    }
}

each_backend! {
    async fn a_core_module_is_refused_with_the_build_command(host: TestHost) {
        let admin = host.admin().await;
        let manifest = [plugin(ID, "1.0.0"), command("made")];
        let module = core_module(&contract(), "export command;", &manifest);
        assert!(reason(&admin, module).await.contains("jackfield plugin build"));
        // This is the smallest possible core module.
        assert!(reason(&admin, b"\0asm\x01\0\0\0".to_vec()).await.contains("core module"));
    }
}

each_backend! {
    async fn a_truncated_or_damaged_file_is_refused(host: TestHost) {
        let admin = host.admin().await;
        let whole = plugin_file("dice");
        for length in [9, whole.len() / 3, whole.len() / 2] {
            let reason = reason(&admin, whole[..length].to_vec()).await;
            assert!(reason.starts_with("the file is broken") || reason.contains("no manifest"), "{reason}");
        }
        let mut damaged = whole;
        let middle = damaged.len() / 2;
        damaged[middle..middle + 64].fill(0xff);
        assert!(reason(&admin, damaged).await.starts_with("the file is broken"));
    }
}

each_backend! {
    async fn a_command_that_is_declared_and_not_exported_is_named(host: TestHost) {
        let admin = host.admin().await;
        let manifest = [plugin(ID, "1.0.0"), command("made"), bridge("made", "none")];
        let made = component(&contract(), "export incoming-webhook;", &manifest);
        assert_eq!(
            reason(&admin, made).await,
            "the manifest declares a command, but the file does not export `command`; build it with the Jackfield SDK"
        );
    }
}

each_backend! {
    async fn an_export_that_is_not_declared_is_named(host: TestHost) {
        let admin = host.admin().await;
        let manifest = [plugin(ID, "1.0.0"), command("made")];
        let made = component(&contract(), "export command; export incoming-webhook;", &manifest);
        assert_eq!(
            reason(&admin, made).await,
            "the file exports `incoming-webhook`, but the manifest declares no bridge; build it with the Jackfield SDK"
        );
    }
}

each_backend! {
    async fn a_trigger_of_another_shape_is_named(host: TestHost) {
        let admin = host.admin().await;
        let handle = "handle: func(context: context, invocation: invocation) -> ";
        let contract = contract();
        assert!(contract.contains(handle));
        let manifest = [plugin(ID, "1.0.0"), command("made"), bridge("made", "none")];
        let unfit = "the export `command` does not fit this server's contract: ";
        let error_for = async |other: &str| {
            let wit = contract.replace(handle, other);
            let made = component(&wit, "export command; export incoming-webhook;", &manifest);
            // The sheet is shown without compiling, and only compiling finds the type of an export.
            let shown = upload(&admin, made).await.expect(201);
            let refused = enable(&admin, ID, shown["sheet_digest"].as_str().expect("a text")).await;
            let reason = refused_problem(&refused, 422)["detail"].as_str().expect("a text").to_owned();
            assert_eq!(admin.get(PLUGINS).await.expect(200)["items"][0]["state"], "pending");
            reason.strip_prefix(unfit).unwrap_or_else(|| panic!("{other}: {reason}")).to_owned()
        };
        let renamed = error_for(&handle.replace("handle:", "answer:")).await;
        assert_eq!(renamed, "it has no function `handle`");
        for mistyped in ["handle: func(context: context) -> ", "handle: func(context: context, invocation: string) -> "] {
            assert!(!error_for(mistyped).await.is_empty());
        }
    }
}

each_backend! {
    async fn a_function_the_host_lacks_is_named_with_both_versions(host: TestHost) {
        let admin = host.admin().await;
        let later = contract().replace("plugin@1.0.0", "plugin@1.3.0");
        let later = later.replace("    list-keys: func(", "    swap: func();\n    list-keys: func(");
        let made = component(&later, "import kv; export command;", &[plugin(ID, "1.0.0"), command("made")]);
        assert_eq!(reason(&admin, made).await, "the file imports jackfield:plugin/kv.swap@1.3; this server has 1.0");
    }
}

each_backend! {
    async fn an_import_from_elsewhere_is_named(host: TestHost) {
        let admin = host.admin().await;
        let beside = "package wasi:clocks@0.2.0 { interface clock { now: func() -> u64; } }";
        let contract = format!("{}\n{beside}", contract());
        let manifest = [plugin(ID, "1.0.0"), command("made")];
        let made = component(&contract, "import wasi:clocks/clock@0.2.0; export command;", &manifest);
        let reason = reason(&admin, made).await;
        assert!(reason.starts_with("the file imports `wasi:clocks/clock@0.2.0`"), "{reason}");
    }
}

each_backend! {
    async fn an_unknown_manifest_record_is_refused_with_its_line(host: TestHost) {
        let admin = host.admin().await;
        for (line, expected) in [
            (
                r#"{"record":"page","name":"x"}"#,
                "manifest line 3: unknown record `page`; this server knows plugin, command, bridge, template and limits",
            ),
            ("nonsense", "manifest line 3 is not a JSON object; build the plugin with the Jackfield SDK"),
            (
                r#"{"record":"command","trigger":"Made"}"#,
                "manifest line 3, record `command`: `Made` is not a trigger: 1 to 64 of a-z 0-9 _ . / -, \
                 without the leading slash",
            ),
        ] {
            let manifest = [plugin(ID, "1.0.0"), command("made"), line.to_owned()];
            assert_eq!(reason(&admin, unchecked(&manifest)).await, expected);
        }
    }
}

each_backend! {
    async fn a_nul_character_in_a_manifest_is_refused(host: TestHost) {
        let admin = host.admin().await;
        let (first, second) = (plugin(ID, "1.0.0"), command("made"));
        let more = |field: &str| first.replace(r#","sdk""#, &format!(r#","{field}":"a\u0000b","sdk""#));
        for (first, second, expected) in [
            (&first.replace("Made", "Ma\\u0000de"), &second, "line 1, record `plugin`: `name`"),
            (&more("description"), &second, "line 1, record `plugin`: `description`"),
            (&more("license"), &second, "line 1, record `plugin`: `license`"),
            (&first, &second.replace(r#""help":""#, r#""help":"\u0000"#), "line 2, record `command`: `help`"),
            (&first, &second.replace(r#""hint":""#, r#""hint":"\u0000"#), "line 2, record `command`: `hint`"),
        ] {
            let manifest = [first.clone(), second.clone()];
            let expected = format!("manifest {expected} has a NUL character");
            assert_eq!(reason(&admin, unchecked(&manifest)).await, expected);
        }
    }
}

each_backend! {
    with |config| { config.plugins.max_package = 10_000; }
    async fn a_package_over_the_limit_is_413(host: TestHost) {
        let admin = host.admin().await;
        for size in [10_001, 100_000, 2_000_000] {
            refused_problem(&upload(&admin, vec![0; size]).await, 413);
        }
        assert_eq!(reason(&admin, vec![0; 10_000]).await, NOT_WASM);
    }
}

each_backend! {
    async fn a_plugin_that_crashes_without_a_message_posts_nothing(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let shown = upload(&admin, package(ID, "1.0.0", "made")).await.expect(201);
        enable(&admin, ID, shown["sheet_digest"].as_str().expect("a text")).await.expect(200);
        let error = crate::support::refused(&super::typed(&admin, &place.channel_id, "/made").await, 500);
        let message = error["message"].as_str().expect("a text");
        assert!(message.starts_with("/made did not succeed: the plugin failed; "), "{message}");
        assert!(crate::support::posts(&admin, &place.channel_id).await.is_empty());
    }
}

each_backend! {
    async fn a_function_that_would_occupy_the_compiler_for_minutes_is_refused(host: TestHost) {
        let admin = host.admin().await;
        let made = with_functions(package(ID, "1.0.0", "made"), 1, 2000, 400);
        let reason = reason(&admin, made).await;
        assert!(reason.starts_with("the file would take too long to compile: its function "), "{reason}");
        assert!(reason.contains(" has 2000 locals in 51 loops inside each other; split it"), "{reason}");
    }
}

each_backend! {
    with |config| { config.plugins.compile_ms = 0; }
    async fn a_sheet_is_shown_without_compiling_and_enabling_is_bounded_in_time(host: TestHost) {
        let admin = host.admin().await;
        let shown = upload(&admin, package(ID, "1.0.0", "made")).await.expect(201);
        assert_eq!(shown["state"], "pending");
        let digest = shown["sheet_digest"].as_str().expect("a text");
        let refused = enable(&admin, ID, digest).await;
        // An earlier compile that was given up may still run.
        assert!([422, 503].contains(&refused.status), "{refused:?}");
        assert_eq!(admin.get(&format!("{PLUGINS}/{ID}")).await.expect(200)["state"], "pending");
        super::disable(&admin, ID).await.expect(200);
    }
}

each_backend! {
    async fn compiled_code_that_was_changed_is_not_run(mut host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        host.install(&admin, "dice").await;
        let folder = std::fs::read_dir(host.data().join("compiled")).expect("a folder");
        let files: Vec<_> = folder.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_file()).collect();
        assert!(!files.is_empty());
        let mut changed = Vec::new();
        for file in &files {
            let mut code = std::fs::read(file).expect("readable code");
            let middle = code.len() / 2;
            code[middle] ^= 1;
            std::fs::write(file, &code).expect("writable code");
            changed.push(code);
        }
        host.restart().await;
        typed(&admin, &place.channel_id, "/roll 1d6").await.expect(200);
        // The server compiled the package again.
        for (file, code) in files.iter().zip(changed) {
            assert_ne!(std::fs::read(file).expect("readable code"), code, "{}", file.display());
        }
    }
}

each_backend! {
    async fn code_that_was_compiled_from_another_package_is_not_run(mut host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let (dice, hello) = (host.install(&admin, "dice").await, host.install(&admin, "hello-plugin").await);
        let folder = host.data().join("compiled");
        let compiled = |plugin: &Value| {
            let digest = plugin["digest"].as_str().expect("a text");
            let mut files = std::fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path());
            let is_of = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(digest));
            files.find(is_of).expect("compiled code")
        };
        let (from, to) = (compiled(&dice), compiled(&hello));
        let before = std::fs::read(&to).expect("readable code");
        std::fs::copy(&from, &to).expect("writable code");
        host.restart().await;
        let response = typed(&admin, &place.channel_id, "/hello").await.expect(200);
        assert_eq!(response["text"], "Hello, **admin**!");
        // The server compiled the package again.
        assert_eq!(std::fs::read(&to).expect("readable code").len(), before.len());
    }
}
