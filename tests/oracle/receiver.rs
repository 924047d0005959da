//! The target of the server's requests: keeps what arrives, and responds as the story says.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use jackfield_tests::soon;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;

pub(crate) struct Receiver {
    pub(crate) url: String,
    kept: Arc<Kept>,
}

/// What has arrived and what is to be answered, by path.
#[derive(Default)]
struct Kept {
    requests: Mutex<BTreeMap<String, Vec<Value>>>,
    answers: Mutex<BTreeMap<String, VecDeque<Value>>>,
    arrived: Notify,
}

impl Receiver {
    #[expect(clippy::disallowed_methods, reason = "the receiver ends with the runtime")]
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("a bound address"));
        let kept = Arc::new(Kept::default());
        let router = Router::new().fallback(receive).with_state(Arc::clone(&kept));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, kept }
    }

    /// Sets the responses at a path, one after the other; the last one is repeated.
    pub(crate) fn answer(&self, path: String, answers: Vec<Value>) {
        lock(&self.kept.answers).insert(path, answers.into());
    }

    /// Returns the requests that arrived at a path. Waits for `count` of them if `patient`.
    pub(crate) async fn requests(&self, path: &str, count: usize, patient: bool) -> Vec<Value> {
        let arrived = || lock(&self.kept.requests).get(path).cloned().unwrap_or_default();
        let enough = async {
            loop {
                let waiting = self.kept.arrived.notified();
                let requests = arrived();
                if requests.len() >= count {
                    return requests;
                }
                waiting.await;
            }
        };
        if patient { soon(&format!("{count} requests at {path}"), enough).await } else { arrived() }
    }
}

async fn receive(
    State(kept): State<Arc<Kept>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.path().to_owned();
    lock(&kept.requests).entry(path.clone()).or_default().push(shown(&method, &uri, &headers, &body));
    kept.arrived.notify_waiters();
    let answer = {
        let mut answers = lock(&kept.answers);
        let queue = answers.entry(path).or_insert_with(|| [json!({"json": {}})].into());
        if queue.len() > 1 { queue.pop_front() } else { queue.front().cloned() }
    };
    response(&answer.unwrap_or_default())
}

/// Returns a request as stories compare it.
fn shown(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Value {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let mut request = json!({
        "method": method.as_str(),
        "content_type": header("content-type"),
        "accept": header("accept"),
        "user_agent": header("user-agent"),
        "authorization": header("authorization"),
    });
    if let Some(query) = uri.query().filter(|query| !query.is_empty()) {
        request["query"] = pairs(query.as_bytes());
    }
    let kind = header("content-type").unwrap_or_default().split(';').next().unwrap_or_default();
    if kind == "application/x-www-form-urlencoded" {
        request["form"] = pairs(body);
    } else if !body.is_empty() {
        match serde_json::from_slice::<Value>(body) {
            Ok(json) => request["json"] = json,
            Err(_) => request["text"] = String::from_utf8_lossy(body).into(),
        }
    }
    request
}

fn pairs(encoded: &[u8]) -> Value {
    let pairs = form_urlencoded::parse(encoded);
    Value::Object(
        pairs.map(|(key, value)| (key.into_owned(), value.into_owned().into())).collect::<Map<_, _>>(),
    )
}

fn response(answer: &Value) -> Response {
    let status = answer["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(200);
    let status = StatusCode::from_u16(status).expect("a status");
    let (kind, body) = match answer.get("json") {
        Some(json) => ("application/json", json.to_string()),
        None => ("text/plain", answer["text"].as_str().unwrap_or_default().to_owned()),
    };
    let kind = answer["type"].as_str().unwrap_or(kind).to_owned();
    let mut response = (status, [("content-type", kind)], body).into_response();
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        let name = name.parse::<axum::http::HeaderName>().expect("a header's name");
        let value = value.as_str().and_then(|value| value.parse().ok()).expect("a header's value");
        response.headers_mut().insert(name, value);
    }
    response
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
