//! A WebSocket client that receives a host's events.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub use tokio_tungstenite::tungstenite::Message;

use crate::client::header_map;
use crate::{TestClient, TestHost, TestResponse, soon};

#[derive(Debug)]
pub struct TestSocket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Event 0 of a signed-in socket; null before the sign-in.
    pub hello: Value,
}

impl TestSocket {
    /// Connects and sends nothing. `query` is empty or begins with `?`. Fails with the response if there is no upgrade.
    pub async fn connect_raw(
        host: &TestHost,
        headers: &[(&str, &str)],
        query: &str,
    ) -> Result<Self, TestResponse> {
        let address = host.url.replacen("http://", "ws://", 1);
        let mut request =
            format!("{address}/api/v4/websocket{query}").into_client_request().expect("an address");
        request.headers_mut().extend(header_map(headers));
        match soon("the upgrade to a WebSocket", connect_async(request)).await {
            Ok((stream, _)) => Ok(Self { stream, hello: Value::Null }),
            Err(Error::Http(response)) => {
                let (head, body) = response.into_parts();
                Err(TestResponse {
                    status: head.status.as_u16(),
                    headers: head.headers,
                    body: body.unwrap_or_default(),
                })
            }
            Err(error) => panic!("no upgrade to a WebSocket: {error:?}"),
        }
    }

    pub(crate) async fn sign_in(host: &TestHost, client: &TestClient) -> Self {
        let mut socket = Self::connect_raw(host, &[], "").await.expect("an upgrade");
        let data = json!({"token": client.token()});
        socket.send(json!({"seq": 1, "action": "authentication_challenge", "data": data})).await;
        socket.hello = socket.event("hello").await;
        let reply = socket.frame().await;
        assert_eq!(reply, Some(json!({"status": "OK", "seq_reply": 1})));
        socket
    }

    pub async fn send(&mut self, json: impl Into<Value>) {
        self.send_raw(Message::text(json.into().to_string())).await;
    }

    pub async fn send_raw(&mut self, message: Message) {
        soon("sending to the socket", self.stream.send(message)).await.expect("the socket takes a message");
    }

    /// Returns the next frame, which must be an event of this name.
    pub async fn event(&mut self, name: &str) -> Value {
        match self.frame().await {
            Some(frame) if frame["event"] == name => frame,
            other => panic!("expected the event `{name}`: {other:?}"),
        }
    }

    /// Returns the next event or reply, or None if the socket is closed. Replies to pings meanwhile.
    pub async fn frame(&mut self) -> Option<Value> {
        soon("the next frame of the socket", self.any_frame()).await
    }

    /// As [`Self::frame`], without a limit of time. It may be dropped and called again.
    pub async fn any_frame(&mut self) -> Option<Value> {
        loop {
            match self.any_message().await? {
                Message::Text(text) => match serde_json::from_str(&text) {
                    Ok(frame) => return Some(frame),
                    Err(error) => panic!("not JSON ({error}): {text}"),
                },
                Message::Ping(_) | Message::Pong(_) => {}
                Message::Close(_) => return None,
                other => panic!("the host sends text only: {other:?}"),
            }
        }
    }

    /// Returns the next message of any kind, or None once the connection has ended for any reason.
    pub async fn message(&mut self) -> Option<Message> {
        soon("the next message of the socket", self.any_message()).await
    }

    async fn any_message(&mut self) -> Option<Message> {
        match self.stream.next().await? {
            Ok(message) => Some(message),
            Err(Error::ConnectionClosed | Error::AlreadyClosed | Error::Protocol(_) | Error::Io(_)) => None,
            Err(error) => panic!("the socket failed: {error:?}"),
        }
    }
}
