//! A whole host in this process, as `jackfield serve` runs it, on a free port and with a stopped clock.

use jackfield::ServeError;
use jackfield::clock::Clock;
use jackfield::config::{Config, Sources};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, oneshot};
use tokio::task::JoinSet;

use crate::client::Address;
use crate::{Backend, Fixture, Place, TestClient, TestDatabase, TestSocket, clock, plugin_file, soon};

/// The username of the first account, which creates all others.
const ADMIN: &str = "admin";

#[derive(Debug)]
pub struct TestHost {
    /// The address of the host. It changes with a restart; existing clients follow it.
    pub url: String,
    pub clock: Clock,
    pub backend: Backend,
    config: Config,
    address: Address,
    anonymous: TestClient,
    known: Mutex<CreatedAccounts>,
    running: Option<Running>,
    /// Declared last, so that it is dropped after everything that uses it.
    database: TestDatabase,
}

/// A running server. It is aborted when dropped.
#[derive(Debug)]
struct Running {
    stop: oneshot::Sender<()>,
    server: JoinSet<Result<(), ServeError>>,
}

/// Accounts and places that are created once, on first use.
#[derive(Debug, Default)]
struct CreatedAccounts {
    admin: Option<TestClient>,
    usernames: Vec<String>,
    place: Option<Place>,
}

impl Fixture for TestHost {
    async fn begin(backend: Backend) -> Self {
        Self::start(backend).await
    }
}

impl TestHost {
    pub async fn start(backend: Backend) -> Self {
        Self::start_with(backend, |_| {}).await
    }

    /// Starts a host with changed settings.
    pub async fn start_with(backend: Backend, change: impl FnOnce(&mut Config)) -> Self {
        let database = TestDatabase::make(backend).await;
        let mut config = settings(&database);
        change(&mut config);
        let clock = clock();
        let (url, running) = launch(&config, &clock).await;
        let address = Address::new(url.clone());
        let anonymous = TestClient::anonymous(address.clone());
        let known = Mutex::default();
        let host =
            Self { url, clock, backend, config, address, anonymous, known, running: Some(running), database };
        host.wait_until_ready().await
    }

    /// Stops as on a signal, after running requests have finished. Panics if the server ends with an error.
    pub async fn stop(&mut self) {
        let Some(Running { stop, mut server }) = self.running.take() else { return };
        // The send fails if the server has already ended; the reason is reported below.
        let _ = stop.send(());
        let ended = soon("the server stops", server.join_next()).await;
        ended.expect("one server").expect("the server does not panic").expect("the server ends well");
    }

    /// Stops, and starts again on the same data and database, with a new port and a new clock at the same time.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.clock = Clock::manual(self.clock.now());
        let (url, running) = launch(&self.config, &self.clock).await;
        self.address.set(url.clone());
        self.url = url;
        self.running = Some(running);
    }

    /// Returns the directory `server.data`.
    pub fn data(&self) -> &std::path::Path {
        &self.config.server.data
    }

    /// Returns the value of the option `database.url`.
    pub fn database_url(&self) -> &str {
        self.database.url()
    }

    /// Returns a client without a token.
    pub fn anonymous(&self) -> TestClient {
        self.anonymous.clone()
    }

    /// Signs in as the system administrator. The first call creates the account.
    pub async fn admin(&self) -> TestClient {
        self.first_admin().await;
        self.log_in(ADMIN, &password_of(ADMIN)).await
    }

    /// Signs in as an ordinary user. The first call creates the account, with the password `password-of-<username>`.
    pub async fn user(&self, username: &str) -> TestClient {
        let admin = self.first_admin().await;
        let mut known = self.known.lock().await;
        if !known.usernames.iter().any(|name| name == username) {
            admin.post("/api/v4/users", account(username)).await.expect(201);
            known.usernames.push(username.to_owned());
        }
        drop(known);
        self.log_in(username, &password_of(username)).await
    }

    /// Signs in with a password.
    pub async fn log_in(&self, login: &str, password: &str) -> TestClient {
        let request = json!({"login_id": login, "password": password});
        let response = self.anonymous.post("/api/v4/users/login", request).await;
        let user = response.expect(200);
        self.anonymous.signed_in(&user, response.header("token").expect("a login returns a token"))
    }

    /// Creates a team that every user may join.
    pub async fn team(&self, client: &TestClient, name: &str) -> Value {
        let request = json!({"name": name, "display_name": name, "type": "O", "allow_open_invite": true});
        client.post("/api/v4/teams", request).await.expect(201)
    }

    /// Creates a public channel.
    pub async fn channel(&self, client: &TestClient, team_id: &str, name: &str) -> Value {
        let request = json!({"team_id": team_id, "name": name, "display_name": name, "type": "O"});
        client.post("/api/v4/channels", request).await.expect(201)
    }

    /// Creates a private channel.
    pub async fn private_channel(&self, client: &TestClient, team_id: &str, name: &str) -> Value {
        let request = json!({"team_id": team_id, "name": name, "display_name": name, "type": "P"});
        client.post("/api/v4/channels", request).await.expect(201)
    }

    /// Returns `town-square` of the team `main`. The first caller creates the team; later callers join it.
    pub async fn place(&self, client: &TestClient) -> Place {
        let mut known = self.known.lock().await;
        if let Some(place) = &known.place {
            let request = json!({"team_id": place.team_id, "user_id": client.id()});
            client.post(&format!("/api/v4/teams/{}/members", place.team_id), request).await.expect(201);
            return place.clone();
        }
        let team = self.team(client, "main").await;
        let place = Place::town_square(client, &team).await;
        known.place = Some(place.clone());
        place
    }

    /// Opens an event socket, signed in by `authentication_challenge`.
    pub async fn socket(&self, client: &TestClient) -> TestSocket {
        TestSocket::sign_in(self, client).await
    }

    /// Uploads a plugin, consents to its permission sheet and returns the host's response.
    pub async fn install(&self, admin: &TestClient, name: &str) -> Value {
        let path = "/api/jackfield/v1/plugins";
        let uploaded = admin.post_raw(path, Some("application/wasm"), plugin_file(name)).await.expect(201);
        let id = uploaded["id"].as_str().expect("an uploaded plugin has an id");
        let consent = json!({"sheet_digest": uploaded["sheet_digest"]});
        admin.post(&format!("{path}/{id}/enable"), consent).await.expect(200)
    }

    /// Returns an administrator whose session no test can end.
    async fn first_admin(&self) -> TestClient {
        let mut known = self.known.lock().await;
        if let Some(admin) = &known.admin {
            return admin.clone();
        }
        self.anonymous.post("/api/v4/users", account(ADMIN)).await.expect(201);
        let admin = self.log_in(ADMIN, &password_of(ADMIN)).await;
        known.usernames.push(ADMIN.to_owned());
        known.admin = Some(admin.clone());
        admin
    }

    /// Waits for the first response. Panics with the server's error if the server ends before that.
    async fn wait_until_ready(mut self) -> Self {
        let anonymous = self.anonymous();
        if let Some(running) = &mut self.running {
            tokio::select! {
                ended = running.server.join_next() => panic!("the server did not start: {ended:?}"),
                response = anonymous.get("/healthz") => drop(response.expect(200)),
            }
        }
        self
    }
}

fn settings(database: &TestDatabase) -> Config {
    let data = database.folder().join("data").display().to_string();
    let flags = vec![
        ("server.data", data),
        ("database.url", database.url().to_owned()),
        // The binary that would compile plugins is this test's.
        ("plugins.compiler", "thread".to_owned()),
        // Many hosts share one database server.
        ("database.connections", "4".to_owned()),
    ];
    Sources { flags, ..Sources::default() }.resolve().expect("settings")
}

async fn launch(config: &Config, clock: &Clock) -> (String, Running) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("a bound address"));
    let (stop, stopped) = oneshot::channel();
    let mut server = JoinSet::new();
    server.spawn(jackfield::serve(config.clone(), clock.clone(), listener, async { drop(stopped.await) }));
    (url, Running { stop, server })
}

fn account(username: &str) -> Value {
    json!({"username": username, "email": format!("{username}@example.org"), "password": password_of(username)})
}

fn password_of(username: &str) -> String {
    format!("password-of-{username}")
}
