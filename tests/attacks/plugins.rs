//! Plugins that take as much memory and time as they get, when they are installed and when they run.

use futures_util::future::join_all;
use jackfield::runtime::{MAX_LOG_LINES, MAX_LOG_RATE};
use jackfield_tests::{Backend, Fixture, TestResponse, each_backend, plugin_file};
use serde_json::json;
use tokio::time::Instant;

use super::target::{LoggingTarget, Target, text};
use crate::plugins::made::{package, with_functions};

const PLUGINS: &str = "/api/jackfield/v1/plugins";
const BOMB: &str = "com.acme.bomb";

/// Calls at once, and requests of a neighbour meanwhile.
const CALLS: usize = 16;
const REQUESTS: usize = 50;

/// Bytes of all lines that a plugin did not cause.
const OWN_LINES: usize = 16 * 1024;

impl Target {
    /// Uploads a package, and returns its id and the response to consent.
    async fn install(&self, package: Vec<u8>) -> (String, TestResponse) {
        let uploaded = self.admin.post_raw(PLUGINS, package).await.expect(201);
        let id = text(&uploaded, "id");
        let consent = json!({"sheet_digest": uploaded["sheet_digest"]});
        let enabled = self.admin.post(&format!("{PLUGINS}/{id}/enable"), consent).await;
        (id, enabled)
    }

    async fn typed(&self, line: &str) -> TestResponse {
        let command = json!({"channel_id": self.channel_id, "command": line});
        self.admin.post("/api/v4/commands/execute", command).await
    }
}

/// Returns a package within all limits that occupies the compiler for a minute or more.
fn bomb() -> Vec<u8> {
    with_functions(package(BOMB, "1.0.0", "bomb"), 60, 2000, 50)
}

/// Asserts that a plugin was not enabled for this reason, and that its sheet can still be read and the plugin disabled.
async fn is_refused(target: &Target, (id, enabled): (String, TestResponse), reason: &str) {
    assert_eq!(enabled.status, 422, "{enabled:?}");
    let detail = text(&enabled.json(), "detail");
    assert!(detail.contains(reason), "{detail}");
    target.admin.get(&format!("{PLUGINS}/{id}")).await.expect(200);
    target.admin.post(&format!("{PLUGINS}/{id}/disable"), json!({})).await.expect(200);
    target.survives().await;
}

each_backend! {
    async fn calls_that_eat_memory_stay_within_the_memory_of_all_calls(target: Target) {
        target.install(plugin_file("hostile")).await.1.expect(200);
        for response in join_all((0..CALLS).map(|_| target.typed("/eat"))).await {
            assert!([500, 503].contains(&response.status), "{response:?}");
        }
        target.typed("/look").await.expect(200);
        target.survives().await;
    }
}

each_backend! {
    async fn templates_that_do_not_end_leave_the_server_to_others(target: Target) {
        target.install(plugin_file("hostile")).await.1.expect(200);
        let rendering = join_all((0..CALLS).map(|_| target.typed("/render")));
        let neighbour = async {
            let eve = target.member("eve").await;
            for _ in 0..REQUESTS {
                eve.get("/api/v4/users/me").await.expect(200);
            }
        };
        let (rendered, ()) = tokio::join!(rendering, neighbour);
        for response in rendered {
            assert!([500, 503].contains(&response.status), "{response:?}");
        }
        target.typed("/look").await.expect(200);
        target.survives().await;
    }
}

each_backend! {
    async fn all_that_a_plugin_causes_in_the_log_is_limited_per_second(logged: LoggingTarget) {
        let LoggingTarget { target, log } = &logged;
        target.install(plugin_file("hostile")).await.1.expect(200);
        target.typed("/log 0").await.expect(500);
        let read = || std::fs::read_to_string(log).expect("a log");
        let quiet = read();
        assert!(quiet.contains("a command failed") && quiet.contains("hostile on purpose"), "{quiet}");
        assert!(!quiet.lines().any(|line| line.starts_with("forged")), "{quiet}");
        let (flood, begun) = (format!("/log {}", MAX_LOG_LINES + 1), Instant::now());
        for response in join_all((0..CALLS).map(|_| target.typed(&flood))).await {
            assert!([500, 503].contains(&response.status), "{response:?}");
        }
        // The flood touches one second more than it lasts, and the call before it may have been in another.
        let seconds = usize::try_from(begun.elapsed().as_secs() + 3).expect("a few seconds");
        target.survives().await;
        let lines = read();
        assert_eq!(lines.matches("a plugin says").count().min(7), 7, "the first lines of a second are logged");
        assert!(lines.contains("further lines of this second are dropped"));
        assert!(lines.len() < seconds * MAX_LOG_RATE + OWN_LINES, "{} bytes in {seconds} s", lines.len());
    }
}

#[tokio::test]
async fn a_package_that_compiles_too_long_is_given_up() {
    let target = Target::with(Backend::Sqlite, &[("JACKFIELD__PLUGINS__COMPILE_MS", "1000")]).await;
    let installed = target.install(bomb()).await;
    is_refused(&target, installed, "does not compile within 1000 ms").await;
}

#[tokio::test]
async fn a_package_that_compiles_in_too_much_memory_is_given_up() {
    let target = Target::with(Backend::Sqlite, &[("JACKFIELD__PLUGINS__COMPILE_MEMORY", "1000")]).await;
    let installed = target.install(bomb()).await;
    is_refused(&target, installed, "does not compile within 1000 bytes of memory").await;
}

#[tokio::test]
async fn the_server_stops_while_a_package_is_compiled() {
    let target = Target::begin(Backend::Sqlite).await;
    let uploaded = target.admin.post_raw(PLUGINS, bomb()).await.expect(201);
    let (path, consent) =
        (format!("{PLUGINS}/{BOMB}/enable"), json!({"sheet_digest": uploaded["sheet_digest"]}));
    let enabling = target.admin.send("POST", &path, Some(&consent));
    let stopping = async {
        target.admin.get(PLUGINS).await.expect(200);
        target.server.terminate().await;
    };
    let (enabled, ()) = tokio::join!(enabling, stopping);
    // The signal may overtake the request; then the connection is refused.
    if let Ok(response) = enabled {
        assert_eq!(response.status, 503, "{response:?}");
    }
    assert_eq!(target.server.ended().await.0.code(), Some(0));
}
