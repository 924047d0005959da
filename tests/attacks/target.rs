//! The server under attack.

use std::path::PathBuf;
use std::process::Stdio;

use jackfield_tests::{Backend, Fixture, TestDatabase};
use serde_json::{Value, json};

use crate::flow::{Client, Process};

/// The memory in which a server with default settings lives, in MiB: see "Memory" in ARCHITECTURE.md.
const MEMORY_LIMIT: u64 = 512;

/// A server in a process of its own, with its administrator and an open team.
pub(super) struct Target {
    pub(super) server: Process,
    pub(super) admin: Client,
    /// The team's first channel.
    pub(super) team_id: String,
    pub(super) channel_id: String,
    /// Declared last, so that it is dropped after the server.
    _database: TestDatabase,
}

impl Fixture for Target {
    async fn begin(backend: Backend) -> Self {
        Self::with(backend, &[]).await
    }
}

/// A server whose log is a file.
pub(super) struct LoggingTarget {
    pub(super) target: Target,
    pub(super) log: PathBuf,
}

impl Fixture for LoggingTarget {
    async fn begin(backend: Backend) -> Self {
        let database = TestDatabase::make(backend).await;
        let log = database.folder().join("log");
        let file = std::fs::File::create(&log).expect("a writable folder");
        Self { target: Target::on(database, &[], file.into()).await, log }
    }
}

impl Target {
    /// Starts a server with these variables in its environment.
    pub(super) async fn with(backend: Backend, variables: &[(&str, &str)]) -> Self {
        Self::on(TestDatabase::make(backend).await, variables, Stdio::null()).await
    }

    async fn on(database: TestDatabase, variables: &[(&str, &str)], log: Stdio) -> Self {
        let server = Process::start_with(&database, variables, log).await;
        let admin = server.admin().await;
        let team = json!({"name": "main", "display_name": "Main", "type": "O"});
        let team = admin.post("/api/v4/teams", team).await.expect(201);
        let team_id = text(&team, "id");
        let channel = format!("/api/v4/teams/{team_id}/channels/name/town-square");
        let channel_id = text(&admin.get(&channel).await.expect(200), "id");
        Self { server, admin, team_id, channel_id, _database: database }
    }

    /// Creates a member of the team and signs in as it.
    pub(super) async fn member(&self, name: &str) -> Client {
        let password = format!("password-of-{name}");
        let account = json!({"username": name, "email": format!("{name}@example.org"), "password": password});
        let user = self.admin.post("/api/v4/users", account).await.expect(201);
        let joined = json!({"team_id": self.team_id, "user_id": user["id"]});
        self.admin.post(&format!("/api/v4/teams/{}/members", self.team_id), joined).await.expect(201);
        let client = self.server.anonymous();
        let response =
            client.post("/api/v4/users/login", json!({"login_id": name, "password": password})).await;
        response.expect(200);
        client.with_token(response.header("token").expect("a token"))
    }

    /// Asserts that the server answers others, and that its peak memory is below the limit.
    pub(super) async fn survives(&self) {
        self.admin.get("/api/v4/users/me").await.expect(200);
        if let Some(peak) = self.server.peak_memory() {
            assert!(peak < MEMORY_LIMIT, "the server used {peak} MiB, and has {MEMORY_LIMIT} MiB");
        }
    }
}

/// Returns the text in a field of an object.
pub(super) fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("`{key}` in {value}")).to_owned()
}
