//! Many sockets that count the frames they receive, with as little work per frame as possible.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::StreamExt;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_tungstenite::connect_async_with_config;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::{Message, WebSocketConfig};

/// The number of concurrent upgrades.
const AT_ONCE: usize = 50;

pub(crate) struct Crowd {
    size: usize,
    count: Arc<Count>,
    listeners: JoinSet<()>,
}

struct Count {
    /// Only frames that contain this text are counted.
    mark: &'static str,
    left: AtomicUsize,
    frame_size: AtomicUsize,
    done: Notify,
}

impl Crowd {
    pub(crate) fn new(mark: &'static str) -> Self {
        let count = Count { mark, left: 0.into(), frame_size: 0.into(), done: Notify::new() };
        Self { size: 0, count: Arc::new(count), listeners: JoinSet::new() }
    }

    /// Opens one socket per token. An empty token is not sent; with a token, the first frame is awaited, not counted.
    pub(crate) async fn connect(&mut self, url: &str, tokens: &[&str]) {
        for some in tokens.chunks(AT_ONCE) {
            let opening = some.iter().map(|token| open(url, token));
            for socket in futures_util::future::join_all(opening).await {
                self.listeners.spawn(listen(socket, self.count.clone()));
            }
        }
        self.size += tokens.len();
    }

    pub(crate) fn expect_all(&mut self) {
        assert!(self.listeners.try_join_next().is_none(), "a listener ended");
        self.count.left.store(self.size, Ordering::SeqCst);
    }

    pub(crate) async fn all_heard(&self) {
        self.count.done.notified().await;
    }

    /// Returns the size in bytes of the last counted frame.
    pub(crate) fn frame_size(&self) -> usize {
        self.count.frame_size.load(Ordering::SeqCst)
    }
}

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn open(url: &str, token: &str) -> Socket {
    let mut request = url.into_client_request().expect("an address");
    if !token.is_empty() {
        let value = format!("Bearer {token}").parse().expect("a header");
        request.headers_mut().insert("authorization", value);
    }
    let config = WebSocketConfig::default().read_buffer_size(4 * 1024);
    let (mut socket, _) = connect_async_with_config(request, Some(config), false).await.expect("an upgrade");
    if !token.is_empty() {
        socket.next().await.expect("a first frame").expect("a first frame");
    }
    socket
}

async fn listen(mut socket: Socket, count: Arc<Count>) {
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(text) = message else { continue };
        if text.contains(count.mark) {
            count.frame_size.store(text.len(), Ordering::Relaxed);
            if count.left.fetch_sub(1, Ordering::SeqCst) == 1 {
                count.done.notify_one();
            }
        }
    }
}
