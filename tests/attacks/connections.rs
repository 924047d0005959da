//! Clients that keep connections for themselves, or sign in all at once.

use futures_util::future::join_all;
use jackfield_tests::{Backend, Fixture, TestDatabase, each_backend, soon};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::target::Target;
use crate::flow::Process;

/// The limit of open files of a server that has few, and the half-sent heads of one client.
const FILES: usize = 256;
const HEADS: usize = 100;

/// More open files than a server ever needs.
const MOST_FILES: u64 = 65_536;

/// Sign-ins at once.
const SIGN_INS: usize = 100;

/// A server that may open few files.
struct FewFiles {
    server: Process,
    /// Declared last, so that it is dropped after the server.
    _database: TestDatabase,
}

impl Fixture for FewFiles {
    async fn begin(backend: Backend) -> Self {
        let database = TestDatabase::make(backend).await;
        Self { server: Process::start_with_files(&database, FILES).await, _database: database }
    }
}

/// Opens a connection from another address of this machine.
async fn connect(server: &Process) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind("127.0.0.2:0".parse().expect("an address"))?;
    socket.connect(server.url.trim_start_matches("http://").parse().expect("an address")).await
}

each_backend! {
    async fn half_sent_heads_of_one_client_leave_room_for_others(attacked: FewFiles) {
        let admin = attacked.server.admin().await;
        let mut heads = Vec::new();
        for _ in 0..HEADS {
            let mut stream = connect(&attacked.server).await.expect("a connection");
            // A refused connection may be closed before this is written.
            drop(stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nAccept:").await);
            heads.push(stream);
        }
        // Every client is a new connection.
        for _ in 0..20 {
            attacked.server.anonymous().get("/api/v4/system/ping").await.expect(200);
        }
        admin.get("/api/v4/users/me").await.expect(200);
        // One address gets half of the connections that fit into the limit; the others are refused at once.
        for stream in heads.iter_mut().skip(FILES / 4) {
            let mut response = [0; 12];
            // The refusal may be lost if the connection is closed before it is read.
            drop(soon("a refusal", stream.read(&mut response)).await);
        }
        // A stop does not wait for them either.
        attacked.server.terminate().await;
        assert_eq!(attacked.server.ended().await.0.code(), Some(0));
    }
}

#[tokio::test]
async fn the_limit_of_open_files_is_raised_as_far_as_the_system_permits() {
    let database = TestDatabase::make(Backend::Sqlite).await;
    let server = Process::start_with_soft_limit(&database, FILES).await;
    if let Some((files, permitted)) = server.open_files() {
        assert_eq!(files, permitted.min(MOST_FILES));
    }
    server.kill().await;
}

each_backend! {
    async fn many_sign_ins_at_once_stay_within_memory(target: Target) {
        let attempts = (0..SIGN_INS).map(|number| {
            let client = target.server.anonymous();
            async move {
                let login = json!({"login_id": format!("absent-{number}"), "password": "a wrong password"});
                client.send("POST", "/api/v4/users/login", Some(&login)).await.expect("a response").status
            }
        });
        for status in join_all(attempts).await {
            assert!(matches!(status, 401 | 429 | 503), "{status}");
        }
        target.survives().await;
    }
}
