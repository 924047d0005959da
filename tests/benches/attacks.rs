//! Measures how long others wait while a client attacks the server: the 99th percentile of a neighbour's posts and
//! reads, against the same without an attack in the same run. The aim is at most 250 ms.
//!
//! The attackers share the machine's cores with the server, and no request is counted against a rate, because all come
//! from this machine. So the figures are worse than those of attackers elsewhere.

#![expect(clippy::print_stdout, reason = "a measurement prints its figures")]

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jackfield_tests::{Backend, TestClient, TestHost};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

/// The allocator of the server binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The neighbour's requests during each attack, and the pause between two.
const REQUESTS: usize = 300;
const PAUSE: Duration = Duration::from_millis(15);

/// Attackers at once.
const CLIENTS: usize = 12;

/// What the attackers need.
#[derive(Clone)]
struct Attacker {
    client: TestClient,
    channel: String,
    /// The server's address, without the scheme.
    address: String,
}

fn main() {
    let runtime = Builder::new_multi_thread().enable_all().build().expect("a runtime starts");
    // The neighbour has a thread of its own, so that it does not wait for the attackers' tasks.
    let neighbour = Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    runtime.block_on(measure(&neighbour));
    neighbour.shutdown_background();
}

async fn measure(neighbour: &Runtime) {
    let host = TestHost::start(Backend::Sqlite).await;
    let admin = host.admin().await;
    let place = host.place(&admin).await;
    host.install(&admin, "hostile").await;
    let address = host.url.trim_start_matches("http://").to_owned();
    let attacker = Attacker { client: host.user("eve").await, channel: place.channel_id.clone(), address };
    let posts = format!("/api/v4/channels/{}/posts?per_page=200", place.channel_id);
    println!("attacks: a neighbour's posts and reads, 99th percentile and longest in milliseconds");
    let quiet = waits(neighbour, &admin, &place.channel_id);
    print("none (floor)", &quiet);
    fill(&attacker).await;
    let list = move |attacker: Attacker| {
        let posts = posts.clone();
        async move { drop(attacker.client.get(&posts).await) }
    };
    report(neighbour, &admin, &attacker, "lists of the largest posts", list).await;
    report(neighbour, &admin, &attacker, "sign-ins with a wrong password", sign_in).await;
    report(neighbour, &admin, &attacker, "half-sent heads", half_a_head).await;
    report(neighbour, &admin, &attacker, "forms without an end", endless_form).await;
    report(neighbour, &admin, &attacker, "searches for what all texts have", search).await;
    report(neighbour, &admin, &attacker, "a plugin that computes forever", |it| typed(it, "/loop")).await;
    report(neighbour, &admin, &attacker, "a plugin that eats memory", |it| typed(it, "/eat")).await;
    report(neighbour, &admin, &attacker, "a plugin that renders forever", |it| typed(it, "/render")).await;
    report(neighbour, &admin, &attacker, "a plugin that logs too much", |it| typed(it, "/log 200")).await;
}

/// Runs one attack from all attackers, again and again, while the neighbour is measured.
async fn report<F, A>(neighbour: &Runtime, admin: &TestClient, attacker: &Attacker, name: &str, attack: A)
where
    F: Future<Output = ()> + Send + 'static,
    A: Fn(Attacker) -> F + Clone + Send + 'static,
{
    let mut attackers = JoinSet::new();
    for _ in 0..CLIENTS {
        let (attacker, attack) = (attacker.clone(), attack.clone());
        attackers.spawn(async move {
            loop {
                attack(attacker.clone()).await;
            }
        });
    }
    let waits = waits(neighbour, admin, &attacker.channel);
    attackers.shutdown().await;
    print(name, &waits);
}

/// Returns how long each of the neighbour's requests took, shortest first. Blocks this thread, not the attackers'.
fn waits(runtime: &Runtime, admin: &TestClient, channel: &str) -> Vec<Duration> {
    std::thread::scope(|scope| {
        let measuring = scope.spawn(|| runtime.block_on(neighbour(admin, channel)));
        measuring.join().expect("the neighbour is measured")
    })
}

async fn neighbour(admin: &TestClient, channel: &str) -> Vec<Duration> {
    let mut waits = Vec::with_capacity(REQUESTS);
    for number in 0..REQUESTS {
        tokio::time::sleep(PAUSE).await;
        let began = Instant::now();
        if number % 2 == 0 {
            let post = json!({"channel_id": channel, "message": "Is anything slow?"});
            admin.post("/api/v4/posts", post).await.expect(201);
        } else {
            admin.get("/api/v4/users/me").await.expect(200);
        }
        waits.push(began.elapsed());
    }
    waits.sort_unstable();
    waits
}

fn print(name: &str, waits: &[Duration]) {
    let millis = |index: usize| waits[index].as_secs_f64() * 1000.0;
    println!("  {name:<36}{:8.1}{:10.1}", millis(waits.len() * 99 / 100), millis(waits.len() - 1));
}

/// Fills the channel with posts of the largest size.
async fn fill(attacker: &Attacker) {
    let props = json!({"a": vec![0; 30_000]});
    for _ in 0..50 {
        let post = json!({"channel_id": attacker.channel, "message": "x".repeat(16_000), "props": props});
        attacker.client.post("/api/v4/posts", post).await.expect(201);
    }
}

async fn sign_in(attacker: Attacker) {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let name = format!("absent-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let login = json!({"login_id": name, "password": "a wrong password"});
    drop(attacker.client.post("/api/v4/users/login", login).await);
}

async fn half_a_head(attacker: Attacker) {
    let Ok(mut stream) = TcpStream::connect(&attacker.address).await else { return };
    // A refused connection may be closed before this is written.
    drop(stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nAccept:").await);
    tokio::time::sleep(Duration::from_millis(50)).await;
}

async fn endless_form(attacker: Attacker) {
    let Ok(mut stream) = TcpStream::connect(&attacker.address).await else { return };
    let head = format!(
        "POST /api/v4/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
         Content-Type: multipart/form-data; boundary=B\r\nContent-Length: 40000000\r\n\r\n--B\r\n",
        attacker.client.token()
    );
    let piece = "X-A: b\r\n".repeat(8192);
    let mut sent = stream.write_all(head.as_bytes()).await;
    while sent.is_ok() {
        sent = stream.write_all(piece.as_bytes()).await;
    }
}

async fn search(attacker: Attacker) {
    let terms = json!({"terms": "xxx* xxxx* xxxxx*", "is_or_search": true});
    drop(attacker.client.post("/api/v4/posts/search", terms).await);
}

async fn typed(attacker: Attacker, line: &'static str) {
    let command = json!({"channel_id": attacker.channel, "command": line});
    drop(attacker.client.post("/api/v4/commands/execute", command).await);
}
