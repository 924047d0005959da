//! What clients are told when a disk is full or the database does not respond: that it may work later, and when.

use jackfield_tests::{Backend, TestHost, each_backend};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::support::refused;

each_backend! {
    with |config| { config.storage.min_free = u64::MAX; }
    async fn a_full_disk_takes_no_files_and_makes_the_server_not_ready(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let path = format!("/api/v4/files?channel_id={}&filename=a", place.channel_id);
        let response = anna.post_raw(&path, None, b"a").await;
        assert_eq!(refused(&response, 507)["id"], "api.context.disk_full.app_error");
        assert_eq!(response.header("retry-after"), Some("60"));
        let ready = host.anonymous().get("/readyz").await;
        assert_eq!((ready.status, ready.header("retry-after")), (507, Some("60")));
        host.anonymous().get("/healthz").await.expect(200);
        let request = json!({"channel_id": place.channel_id, "message": "still works"});
        anna.post("/api/v4/posts", request).await.expect(201);
    }
}

each_backend! {
    async fn a_server_with_space_and_a_database_is_ready(host: TestHost) {
        host.anonymous().get("/readyz").await.expect(200);
    }
}

/// Forwards connections to the database until it is dropped.
struct Relay {
    /// The database's address, through this relay.
    url: String,
    _forwarding: JoinSet<()>,
}

impl Relay {
    async fn to(url: &str) -> Self {
        let start = url.rfind('@').map_or_else(|| url.find("//").expect("a URL") + 2, |at| at + 1);
        let end = start + url[start..].find('/').expect("a database's name");
        let target = url[start..end].to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let own = listener.local_addr().expect("a bound address");
        let mut forwarding = JoinSet::new();
        forwarding.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                let mut far = TcpStream::connect(&target).await.expect("the database");
                connections
                    .spawn(async move { drop(tokio::io::copy_bidirectional(&mut near, &mut far).await) });
            }
        });
        Self { url: format!("{}{own}{}", &url[..start], &url[end..]), _forwarding: forwarding }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_went_away_is_answered_503() {
    let database = jackfield_tests::TestDatabase::make(Backend::Postgres).await;
    let relay = Relay::to(database.url()).await;
    let url = relay.url.clone();
    let host = TestHost::start_with(Backend::Postgres, |config| config.database.url = url).await;
    let anna = host.user("anna").await;
    host.anonymous().get("/readyz").await.expect(200);
    drop(relay);
    let anonymous = host.anonymous();
    let (me, ready) = tokio::join!(anna.get("/api/v4/users/me"), anonymous.get("/readyz"));
    assert_eq!(refused(&me, 503)["id"], "api.context.unavailable.app_error");
    assert_eq!(me.header("retry-after"), Some("5"));
    assert_eq!((ready.status, ready.header("retry-after")), (503, Some("5")));
    host.anonymous().get("/healthz").await.expect(200);
}
