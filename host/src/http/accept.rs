//! Connections. Each one runs as a task, which ends when its client sends no request, reads no response, or the server
//! stops.

mod crowd;
mod old_clients;
mod patience;

use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tower::ServiceBuilder;

use self::crowd::{ConnectionSlot, Crowd};
use self::old_clients::join_connection;
use self::patience::{Patient, Progress};
use super::middleware::NextService;
use crate::app::App;
use crate::budget::Budget;
use crate::shutdown::Tasks;

/// How long to pause after the operating system failed to accept a connection. Mostly the process has run out of file
/// descriptors, and some may be free again by then.
const PAUSE: Duration = Duration::from_secs(1);

/// Largest head of a request, and size of a connection's buffers, in bytes. A larger head is answered 431.
const MAX_HEAD: usize = 32 * 1024;

/// How long a client may take to send the head of a request while most connections are taken. Then idle connections
/// and half-sent heads make room.
const RUSHED_HEAD: Duration = Duration::from_secs(5);

/// How long a connection stays open once the server stops if it neither handles a request nor sends a response, such as
/// one with a half-sent head.
const CLOSING: Duration = Duration::from_millis(500);

/// The response to a connection that is one too many.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n\
    Content-Type: text/plain; charset=utf-8\r\nContent-Length: 52\r\n\r\n\
    too many connections from here; close some and retry";

/// What all connections share.
#[derive(Clone)]
struct ConnectionContext {
    /// How long a client may take to send a head, and, as long, to read what was written.
    head: Duration,
    reading: Duration,
    responses: Budget,
    tasks: Tasks,
}

/// Accepts connections until the server stops.
pub(super) async fn run(listener: TcpListener, service: impl NextService + Clone, app: &App) {
    let server = &app.config.server;
    let context = ConnectionContext {
        head: Duration::from_millis(server.head_timeout_ms.into()),
        reading: Duration::from_millis(server.response_timeout_ms.into()),
        responses: app.budgets.responses.clone(),
        tasks: app.tasks.clone(),
    };
    let crowd = Crowd::new(server);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = context.tasks.stopping() => return,
        };
        match accepted {
            Ok((stream, peer)) => match crowd.enter(peer.ip()) {
                Some(slot) => {
                    context.tasks.spawn(serve(stream, peer, slot, service.clone(), context.clone()));
                }
                None => refuse(&stream),
            },
            Err(error) if is_of_one_client(&error) => {}
            Err(error) => {
                tracing::error!(%error, "cannot accept connections; is the limit of open files too low?");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Serves the requests of one connection, over any stream. When the server stops, it finishes the request under way.
async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    slot: ConnectionSlot,
    service: impl NextService + Clone,
    context: ConnectionContext,
) {
    let mut http = http1::Builder::new();
    let head = if slot.is_rushed() { context.head.min(RUSHED_HEAD) } else { context.head };
    http.timer(TokioTimer::new()).header_read_timeout(head).max_header_size(MAX_HEAD).max_buf_size(MAX_HEAD);
    let progress = Arc::new(Progress::default());
    let (began, ended) = (progress.clone(), progress.clone());
    let service = ServiceBuilder::new()
        .map_response(move |response: Response| {
            ended.busy.store(false, Ordering::Relaxed);
            response
        })
        .map_request(move |request: axum::http::Request<Incoming>| {
            began.busy.store(true, Ordering::Relaxed);
            let mut request: Request = request.map(Body::new);
            join_connection(request.headers_mut());
            request.extensions_mut().insert(ConnectInfo(peer));
            request
        })
        .service(service);
    let stream = Patient::new(stream, context.reading, context.responses.clone(), progress.clone(), slot);
    let service = TowerToHyperService::new(service);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service).with_upgrades());
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = context.tasks.stopping() => {
            connection.as_mut().graceful_shutdown();
            loop {
                let before = progress.written.load(Ordering::Relaxed);
                if let Ok(served) = timeout(CLOSING, connection.as_mut()).await {
                    break served;
                }
                let moves = before != progress.written.load(Ordering::Relaxed);
                if !moves && !progress.busy.load(Ordering::Relaxed) {
                    return;
                }
            }
        }
    };
    if let Err(error) = served {
        tracing::trace!(%peer, %error, "a connection broke off");
    }
}

/// Answers 503, as far as that is possible without waiting, and closes the connection.
fn refuse(stream: &TcpStream) {
    if let Err(error) = stream.try_write(FULL) {
        tracing::trace!(%error, "a refused connection was not told why");
    }
}

/// Whether only this connection was lost before it was accepted, so that the next one can be accepted at once.
fn is_of_one_client(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refusal_of_a_connection_has_the_length_it_names() {
        let text = str::from_utf8(FULL).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.ends_with(&format!("\r\nContent-Length: {}", body.len())), "{head}");
    }
}
