//! The signed API, as used by programs that have a code and a key and sign each request.

mod bad;
mod dialects;
mod examples;
mod explain;
mod manage;
mod messages;
mod methods;
mod order;
mod secrets;
mod signer;
mod strengths;
mod times;

use hmac::{Hmac, KeyInit, Mac};
use jackfield::model::{Application, Dialect, LastUse, Strength, Timestamp};
use jackfield::secret::{Sealer, Secret};
use jackfield::shutdown::Tasks;
use jackfield::store::Store;
use jackfield_tests::{TestClient, TestHost, TestResponse};
use md5::{Digest, Md5};
use serde_json::{Value, json};
use sha2::Sha256;

pub(crate) const J: &str = "/api/jackfield/v1/applications";

/// The vendor's published key and code.
const KEY: &str = "dgqfkys6lq6v9xm7n1xofhgwkvcat12n";
const CODE: &str = "appcode";

/// Returns the signature header for a content.
fn hmac_tag(key: &str, content: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("a key");
    mac.update(content.as_bytes());
    format!("v1,{}", data_encoding::BASE64.encode(&mac.finalize().into_bytes()))
}

/// An application with its code and key.
#[derive(Debug, Clone)]
struct App {
    client: TestClient,
    id: String,
    code: String,
    key: String,
}

impl App {
    /// Creates an application as the administrator. It needs no account unless `also` binds one.
    async fn create(host: &TestHost, also: Value) -> Self {
        let mut request = json!({"name": "CI", "code": "ci", "free": true});
        request.as_object_mut().expect("an object").extend(also.as_object().expect("an object").clone());
        let made = host.admin().await.post(J, request).await.expect(201);
        let text = |key: &str| made[key].as_str().expect("a text").to_owned();
        Self { client: host.anonymous(), id: text("id"), code: text("code"), key: text("key") }
    }

    /// Creates the vendor's published application. The API cannot set a key, so the test writes it into the database.
    async fn published(host: &TestHost) -> Self {
        Self::with_key(host, CODE, KEY).await
    }

    async fn with_key(host: &TestHost, code: &str, key: &str) -> Self {
        let tasks = Tasks::default();
        let store = Store::open(host.database_url(), 1, &tasks).await.expect("the store opens");
        let sealer = Sealer::from_key_file(&host.data().join("seal.key")).expect("the host made a key file");
        let id = host.clock.id();
        let application = Application {
            id,
            name: "Published".to_owned(),
            code: code.to_owned(),
            sealed_key: sealer.seal(&Secret::new(key)),
            previous_key: None,
            previous_until: Timestamp::NEVER,
            account_id: None,
            free: true,
            bot_id: None,
            addresses: "*".to_owned(),
            dialects: Dialect::ALL.to_vec(),
            strengths: Strength::ALL.to_vec(),
            enabled: true,
            called_time: 0,
            used: LastUse::default(),
            create_at: host.clock.now(),
            update_at: host.clock.now(),
            delete_at: Timestamp::NEVER,
        };
        let id = application.id.to_string();
        store.create_application(application).await.expect("the application is written");
        drop(store);
        tasks.stop();
        tasks.finished().await;
        Self { client: host.anonymous(), id, code: code.to_owned(), key: key.to_owned() }
    }

    /// Returns `m=im&f=METHOD&code=CODE`, without a token.
    fn query(&self, method: &str) -> String {
        format!("m=im&f={method}&code={}", self.code)
    }

    /// Returns the address with a query that is sent exactly as it was signed.
    fn signed(&self, query: &str) -> String {
        format!("/api.php?{query}&token={}", token(query, &self.key))
    }

    async fn get(&self, query: &str) -> TestResponse {
        self.client.get(&self.signed(query)).await
    }

    async fn post(&self, query: &str, body: impl Into<Value>) -> TestResponse {
        self.client.post(&self.signed(query), body).await
    }

    /// Returns the id of a group.
    async fn gid(&self, name: &str) -> String {
        let groups = self.get(&self.query("getGroupChats")).await.expect(200);
        let groups = groups["data"].as_object().expect("groups");
        let found = groups.iter().find(|(_, group)| group.as_str() == Some(name));
        found.unwrap_or_else(|| panic!("no group {name}: {groups:?}")).0.clone()
    }

    async fn notice(&self, body: Value) -> Value {
        self.post(&self.query("sendNotification"), body).await.expect(200)
    }

    async fn say(&self, body: Value) -> Value {
        self.post(&self.query("sendChatMessage"), body).await.expect(200)
    }

    /// Returns the application as an administrator sees it.
    async fn seen(&self, host: &TestHost) -> Value {
        host.admin().await.get(&format!("{J}/{}", self.id)).await.expect(200)
    }

    async fn change(&self, host: &TestHost, change: Value) {
        host.admin().await.put(&format!("{J}/{}", self.id), change).await.expect(200);
    }
}

fn md5_hex(text: &str) -> String {
    data_encoding::HEXLOWER.encode(&Md5::digest(text.as_bytes()))
}

/// Returns `md5(md5(text) + key)`.
fn token(text: &str, key: &str) -> String {
    md5_hex(&format!("{}{key}", md5_hex(text)))
}

/// Returns `errcode` and `errmsg` of a refusal, whose status is 200.
#[track_caller]
fn refusal(response: &TestResponse) -> (u64, String) {
    let refused = response.expect(200);
    let keys: Vec<&String> = refused.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["errcode", "errmsg"], "{refused}");
    (refused["errcode"].as_u64().expect("a number"), refused["errmsg"].as_str().expect("a text").to_owned())
}

#[track_caller]
fn is_refused(response: &TestResponse, number: u64, text: &str) {
    assert_eq!(refusal(response), (number, text.to_owned()));
}

/// Returns the response of a method that failed.
fn fails(text: &str) -> Value {
    json!({"result": "fail", "message": text})
}

fn works() -> Value {
    json!({"result": "success", "message": ""})
}

/// Returns the client's notices, newest first.
async fn notices(client: &TestClient) -> Vec<Value> {
    let list = client.get("/api/jackfield/v1/notices").await.expect(200);
    list["items"].as_array().unwrap_or_else(|| panic!("notices: {list}")).clone()
}
