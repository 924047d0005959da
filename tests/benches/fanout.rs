//! Measures how long one post takes to reach the last of 2,000 sockets and how much memory an idle socket uses, against
//! a bare broadcast over the same WebSocket library.
//!
//! The server runs in a separate process, so that its memory can be measured. The listeners share the machine's cores
//! with it in both rows, so the rows are comparable.

#![expect(clippy::print_stdout, reason = "a measurement prints its figures")]

mod crowd;
mod database;

use std::process::Stdio;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use jackfield::clock::Clock;
use jackfield::config::Sources;
use jackfield_tests::TestDatabase;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::broadcast;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tokio_tungstenite::tungstenite::protocol::{Message, WebSocketConfig};

use crowd::Crowd;

/// The allocator of the server binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SOCKETS: usize = 2_000;
const ACCOUNTS: usize = 100;
const ROUNDS: usize = 40;
const WARM_UP: usize = 5;

/// File descriptors for everything except the sockets.
const SPARE: usize = 200;

/// This program, started again as a server.
struct Server {
    address: String,
    process: Child,
    /// The server stops when this is closed.
    _stdin: ChildStdin,
}

/// The measurements of one server.
struct Figures {
    rounds: Vec<Duration>,
    memory: f64,
}

fn main() {
    if open_files() < SOCKETS + SPARE {
        return again_with_more_files();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime starts");
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (Some("host"), Some(folder)) => {
            runtime.block_on(host(&folder, &arguments.next().expect("the database's address")));
        }
        (Some("floor"), _) => runtime.block_on(floor()),
        _ => runtime.block_on(measure()),
    }
}

/// Returns how many files this process may have open.
fn open_files() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").expect("Linux tells");
    let line =
        limits.lines().find_map(|line| line.strip_prefix("Max open files")).expect("the limit of open files");
    line.split_whitespace().next().and_then(|soft| soft.parse().ok()).unwrap_or(usize::MAX)
}

/// Restarts this program from a shell that raises the limit, because the standard library cannot raise it.
fn again_with_more_files() {
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "ulimit -n \"$0\" && exec \"$@\""]).arg((SOCKETS + SPARE).to_string());
    shell.arg(std::env::current_exe().expect("this program's path")).args(std::env::args().skip(1));
    let status = shell.status().expect("a shell");
    assert!(status.success(), "raise the hard limit of open files to {}, or see above", SOCKETS + SPARE);
}

async fn measure() {
    let database = TestDatabase::make(database::backend()).await;
    let (ours, size) = ours(&database).await;
    let floor = bare(size).await;
    println!("fanout: one post to {SOCKETS} sockets of {ACCOUNTS} accounts, a frame of {size} bytes");
    println!("milliseconds from the request to the last frame        median    worst");
    for (name, figures) in [("floor, bare broadcast", &floor), ("ours, POST /posts", &ours)] {
        println!(
            "  {name:<48} {:10.1} {:8.1}",
            millis(median(&figures.rounds)),
            millis(figures.rounds[ROUNDS - 1])
        );
    }
    println!("  ours / floor {:45.2}", millis(median(&ours.rounds)) / millis(median(&floor.rounds)));
    println!("KiB of memory per idle socket");
    println!("  floor {:52.1}\n  ours {:53.1}", floor.memory, ours.memory);
}

/// Measures the host with all users in one channel, and returns its figures and the size of a frame.
async fn ours(database: &TestDatabase) -> (Figures, usize) {
    let folder = database.folder().display().to_string();
    let server = Server::start(&["host", &folder, database.url()]).await;
    let rest = Rest::new(&server.address);
    let (tokens, channel) = rest.people().await;
    let url = format!("{}/api/v4/websocket", server.address.replacen("http", "ws", 1));
    let tokens: Vec<&str> = tokens.iter().map(String::as_str).cycle().take(SOCKETS).collect();
    let mut crowd = Crowd::new("\"event\":\"posted\"");
    let memory = gather(&mut crowd, &server, &url, &tokens).await;
    let body = json!({"channel_id": channel, "message": "The build of main passed in 4 minutes."});
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS + WARM_UP {
        crowd.expect_all();
        let began = Instant::now();
        let posted = rest.post("/api/v4/posts", tokens[0], &body);
        let (_, ()) = tokio::join!(posted, crowd.all_heard());
        rounds.push(began.elapsed());
    }
    (Figures::new(&rounds, memory), crowd.frame_size())
}

/// Measures the floor with frames of this size.
async fn bare(size: usize) -> Figures {
    let server = Server::start(&["floor"]).await;
    let mut crowd = Crowd::new("x");
    let memory = gather(&mut crowd, &server, &server.address, &vec![""; SOCKETS]).await;
    let (mut speaker, _) = tokio_tungstenite::connect_async(server.address.clone()).await.expect("a speaker");
    let frame = Utf8Bytes::from("x".repeat(size));
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS + WARM_UP {
        crowd.expect_all();
        let began = Instant::now();
        speaker.send(Message::Text(frame.clone())).await.expect("the frame is sent");
        crowd.all_heard().await;
        rounds.push(began.elapsed());
        // The sender receives its own frame.
        speaker.next().await.expect("a frame").expect("a frame");
    }
    Figures::new(&rounds, memory)
}

impl Figures {
    fn new(rounds: &[Duration], memory: f64) -> Self {
        let mut rounds = rounds[WARM_UP..].to_vec();
        rounds.sort_unstable();
        Self { rounds, memory }
    }
}

fn median(sorted: &[Duration]) -> Duration {
    sorted[sorted.len() / 2]
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Connects all users and returns the KiB per socket of the second half. The first half uses up memory that the process
/// has already allocated: a host that has just hashed passwords has more spare memory than an idle socket needs.
async fn gather(crowd: &mut Crowd, server: &Server, url: &str, tokens: &[&str]) -> f64 {
    let (first, second) = tokens.split_at(SOCKETS / 2);
    crowd.connect(url, first).await;
    let before = server.memory();
    crowd.connect(url, second).await;
    let count = u32::try_from(second.len()).expect("a small number");
    f64::from(server.memory().saturating_sub(before)) / f64::from(count)
}

impl Server {
    async fn start(arguments: &[&str]) -> Self {
        let program = std::env::current_exe().expect("this program's path");
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn().expect("the server starts");
        let stdin = process.stdin.take().expect("piped");
        let mut lines = BufReader::new(process.stdout.take().expect("piped")).lines();
        let address = lines.next_line().await.expect("readable").expect("the server prints its address");
        Self { address, process, _stdin: stdin }
    }

    /// Returns the resident memory in KiB.
    fn memory(&self) -> u32 {
        let id = self.process.id().expect("the server runs");
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("Linux tells");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("resident memory");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }
}

// --- the servers

async fn host(folder: &str, database: &str) {
    let flags = vec![
        ("server.data", folder.to_owned()),
        ("server.listen", "127.0.0.1:0".to_owned()),
        ("database.url", database.to_owned()),
    ];
    let config = Sources { flags, ..Sources::default() }.resolve().expect("settings");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("http://{}", listener.local_addr().expect("an address"));
    jackfield::serve(config, Clock::system(), listener, stdin_closed()).await.expect("the host ends well");
}

/// Runs a bare broadcast server, which sends each frame it receives to all sockets.
async fn floor() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("ws://{}", listener.local_addr().expect("an address"));
    let (frames, _) = broadcast::channel::<Utf8Bytes>(64);
    let mut sockets = JoinSet::new();
    let mut over = std::pin::pin!(stdin_closed());
    loop {
        let (stream, _) = tokio::select! {
            accepted = listener.accept() => accepted.expect("a connection"),
            () = &mut over => return,
        };
        let (sender, mut receiver) = (frames.clone(), frames.subscribe());
        sockets.spawn(async move {
            let config = WebSocketConfig::default().read_buffer_size(2 * 1024);
            let socket = tokio_tungstenite::accept_async_with_config(stream, Some(config)).await.expect("an upgrade");
            let (mut out, mut incoming) = socket.split();
            loop {
                tokio::select! {
                    frame = receiver.recv() => out.send(Message::Text(frame.expect("a frame"))).await.expect("sent"),
                    frame = incoming.next() => match frame {
                        Some(Ok(Message::Text(text))) => drop(sender.send(text)),
                        _ => return,
                    },
                }
            }
        });
    }
}

/// Resolves when the parent process closes stdin or ends.
async fn stdin_closed() {
    let waited = tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    // An error means that stdin is closed, too.
    drop(waited.await);
}

// --- users

struct Rest {
    client: reqwest::Client,
    url: String,
}

impl Rest {
    #[expect(clippy::disallowed_methods, reason = "a measurement is the other side of the wire")]
    fn new(url: &str) -> Self {
        // The client requires a crypto provider even without TLS.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { client, url: url.to_owned() }
    }

    /// Creates the users and returns their tokens and the channel that they all belong to.
    async fn people(&self) -> (Vec<String>, String) {
        let admin = self.sign_up(0, "").await;
        let team = json!({"name": "main", "display_name": "Main", "type": "O", "allow_open_invite": true});
        let team = self.post("/api/v4/teams", &admin, &team).await["id"].as_str().expect("an id").to_owned();
        let mut tokens = vec![admin.clone()];
        for number in 1..ACCOUNTS {
            let token = self.sign_up(number, &admin).await;
            let me: Value = self.get("/api/v4/users/me", &token).await;
            let member = json!({"team_id": team, "user_id": me["id"]});
            self.post(&format!("/api/v4/teams/{team}/members"), &token, &member).await;
            tokens.push(token);
        }
        let channel = self.get(&format!("/api/v4/teams/{team}/channels/name/town-square"), &admin).await;
        (tokens, channel["id"].as_str().expect("an id").to_owned())
    }

    async fn sign_up(&self, number: usize, admin: &str) -> String {
        let (name, password) = (format!("user{number}"), "a password that is long enough");
        let account = json!({"username": name, "email": format!("{name}@example.org"), "password": password});
        self.post("/api/v4/users", admin, &account).await;
        let login = json!({"login_id": name, "password": password});
        let response = self.client.post(format!("{}/api/v4/users/login", self.url)).json(&login).send().await;
        let response = response.expect("a response").error_for_status().expect("logged in");
        response.headers()["token"].to_str().expect("a token").to_owned()
    }

    async fn post(&self, path: &str, token: &str, body: &Value) -> Value {
        let request = self.client.post(format!("{}{path}", self.url)).bearer_auth(token).json(body);
        request.send().await.expect("a response").error_for_status().expect(path).json().await.expect("JSON")
    }

    async fn get(&self, path: &str, token: &str) -> Value {
        let request = self.client.get(format!("{}{path}", self.url)).bearer_auth(token);
        request.send().await.expect("a response").error_for_status().expect(path).json().await.expect("JSON")
    }
}
