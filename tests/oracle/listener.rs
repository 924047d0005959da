//! A socket whose frames are read as they come, so that a story can wait for an event that has already arrived.

use std::collections::BTreeMap;
use std::sync::Arc;

use jackfield_tests::{TestClient, TestHost, TestSocket, soon};
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

/// The number of the first message that a listener sends for itself.
const OWN: u64 = 1_000_000;

/// All frames that a socket has received, and how far a story has read them.
pub(super) struct Listener {
    frames: watch::Receiver<Arc<Vec<Value>>>,
    messages: mpsc::UnboundedSender<Value>,
    /// The first frame of the present story.
    start: usize,
    /// The first frame that an event of this name may be.
    next: BTreeMap<String, usize>,
    pings: u64,
}

impl Listener {
    #[expect(clippy::disallowed_methods, reason = "the task ends with its socket")]
    pub(super) async fn open(host: &TestHost, client: &TestClient) -> Self {
        let mut socket = {
            let bearer = format!("Bearer {}", client.token());
            let headers = [("authorization", bearer.as_str())];
            TestSocket::connect_raw(host, &headers, "").await.expect("an upgrade")
        };
        let (messages, mut outgoing) = mpsc::unbounded_channel::<Value>();
        let (sender, mut frames) = watch::channel(Arc::new(Vec::new()));
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    message = outgoing.recv() => match message {
                        Some(message) => socket.send(message).await,
                        None => return,
                    },
                    frame = socket.any_frame() => match frame {
                        Some(frame) => sender.send_modify(|frames| Arc::make_mut(frames).push(frame)),
                        None => return,
                    },
                }
            }
        });
        let greeted = frames.wait_for(|frames| !frames.is_empty());
        soon("the event hello", greeted).await.expect("the socket stays open");
        Self { frames, messages, start: 0, next: BTreeMap::new(), pings: OWN }
    }

    /// Returns whether the server has closed the socket.
    pub(super) fn is_over(&self) -> bool {
        self.frames.has_changed().is_err()
    }

    /// Forgets all frames so far.
    pub(super) fn restart(&mut self) {
        self.start = self.frames.borrow().len();
        self.next.clear();
    }

    pub(super) fn tell(&self, message: Value) {
        // A closed socket shows by the events that never come.
        let _ = self.messages.send(message);
    }

    /// Returns the next event of this name that fits. Waits for one if `patient`; otherwise only until the server has
    /// delivered what it published before.
    pub(super) async fn event(
        &mut self,
        name: &str,
        patient: bool,
        fits: impl Fn(&Value) -> bool,
    ) -> Option<Value> {
        if !patient {
            self.catch_up().await;
            return self.take(name, &fits);
        }
        let mut frames = self.frames.clone();
        let found = async {
            loop {
                frames.mark_unchanged();
                if let Some(event) = self.take(name, &fits) {
                    return Some(event);
                }
                if frames.changed().await.is_err() {
                    return None;
                }
            }
        };
        soon(&format!("the event {name}"), found).await
    }

    /// Waits for the reply to a ping, which follows all events that were published before.
    async fn catch_up(&mut self) {
        self.pings += 1;
        let seq = self.pings;
        self.tell(json!({"action": "ping", "seq": seq}));
        let replied = self.frames.wait_for(|frames| frames.iter().any(|frame| frame["seq_reply"] == seq));
        // A socket that has closed receives nothing more.
        let _ = soon("the reply to a ping", replied).await;
    }

    fn take(&mut self, name: &str, fits: impl Fn(&Value) -> bool) -> Option<Value> {
        let frames = Arc::clone(&self.frames.borrow());
        let from = self.next.get(name).copied().unwrap_or(self.start);
        let is_named = |frame: &Value| match frame["seq_reply"].as_u64() {
            Some(seq) => name == "reply" && seq < OWN,
            None => frame["event"] == name,
        };
        let found = (from..frames.len()).find(|index| is_named(&frames[*index]) && fits(&frames[*index]))?;
        self.next.insert(name.to_owned(), found + 1);
        Some(frames[found].clone())
    }
}
