//! The other side of an outgoing webhook: keeps what arrives, and responds as the test says.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use jackfield_tests::soon;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// A receiver on this machine, until the test ends.
pub(crate) struct Receiver {
    url: String,
    script: Arc<Mutex<VecDeque<Reply>>>,
    arrived: tokio::sync::Mutex<mpsc::UnboundedReceiver<ArrivedRequest>>,
}

/// How the receiver responds to one request.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    Response {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    },
    /// It takes the request and never responds.
    Hang,
}

/// A request that arrived.
#[derive(Debug, Clone)]
pub(crate) struct ArrivedRequest {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

#[derive(Clone)]
struct Kept {
    script: Arc<Mutex<VecDeque<Reply>>>,
    arrivals: mpsc::UnboundedSender<ArrivedRequest>,
}

impl Receiver {
    #[expect(clippy::disallowed_methods, reason = "the receiver ends with the runtime")]
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("a bound address"));
        let (arrivals, arrived) = mpsc::unbounded_channel();
        let script = Arc::new(Mutex::new(VecDeque::new()));
        let kept = Kept { script: Arc::clone(&script), arrivals };
        let router = Router::new().fallback(receive).with_state(kept);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, script, arrived: tokio::sync::Mutex::new(arrived) }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Sets the responses to the next requests, one after the other. Further ones get `{}`.
    pub(crate) fn answer(&self, replies: impl IntoIterator<Item = Reply>) {
        self.script.lock().unwrap_or_else(PoisonError::into_inner).extend(replies);
    }

    /// Waits for the next request.
    pub(crate) async fn next(&self) -> ArrivedRequest {
        soon("a request", async { self.arrived.lock().await.recv().await }).await.expect("it receives")
    }
}

impl Reply {
    pub(crate) fn status(status: u16) -> Self {
        Self::Response { status, headers: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::bytes(status, body.to_string().into_bytes())
    }

    pub(crate) fn bytes(status: u16, body: Vec<u8>) -> Self {
        Self::Response { status, headers: Vec::new(), body }
    }

    pub(crate) fn with_header(self, name: &'static str, value: &str) -> Self {
        match self {
            Self::Response { status, mut headers, body } => {
                headers.push((name, value.to_owned()));
                Self::Response { status, headers, body }
            }
            Self::Hang => Self::Hang,
        }
    }
}

impl ArrivedRequest {
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).unwrap_or_else(|| panic!("no `{name}`: {:?}", self.headers));
        value.to_str().expect("a text")
    }

    /// Returns the fields of a form, in order.
    pub(crate) fn form(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(&self.body).into_owned().collect()
    }

    #[track_caller]
    pub(crate) fn field(&self, name: &str) -> String {
        let found = self.form().into_iter().find(|(key, _)| key == name);
        found.unwrap_or_else(|| panic!("no `{name}`: {:?}", self.form())).1
    }
}

async fn receive(State(kept): State<Kept>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let reply = kept.script.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    // The test may have ended.
    let _ = kept.arrivals.send(ArrivedRequest { path: uri.path().to_owned(), headers, body: body.to_vec() });
    match reply.unwrap_or_else(|| Reply::bytes(200, b"{}".to_vec())) {
        Reply::Hang => std::future::pending().await,
        Reply::Response { status, headers, body } => {
            let mut response = (StatusCode::from_u16(status).expect("a status"), body).into_response();
            for (name, value) in headers {
                response.headers_mut().insert(name, value.parse().expect("a header's value"));
            }
            response
        }
    }
}
