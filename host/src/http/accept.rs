//! Connections. Each one runs as a task, which ends when its client sends no request or the server stops.

use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tower::ServiceBuilder;

use super::middleware::Next;
use crate::shutdown::Tasks;

/// How long to pause after the operating system failed to accept a connection. Mostly the process has run out of file
/// descriptors, and some may be free again by then.
const PAUSE: Duration = Duration::from_secs(1);

/// Accepts connections until the server stops. A client may take up to `patience` to send the head of each request.
pub(super) async fn run(listener: TcpListener, service: impl Next + Clone, patience: Duration, tasks: Tasks) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(patience);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = tasks.stopping() => return,
        };
        match accepted {
            Ok((stream, peer)) => {
                tasks.spawn(serve(http.clone(), stream, peer, service.clone(), tasks.clone()));
            }
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
    http: http1::Builder,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    service: impl Next + Clone,
    tasks: Tasks,
) {
    let service = ServiceBuilder::new()
        .map_request(move |request: axum::http::Request<Incoming>| {
            let mut request: Request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            request
        })
        .service(service);
    let service = TowerToHyperService::new(service);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service).with_upgrades());
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = tasks.stopping() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        tracing::trace!(%peer, %error, "a connection broke off");
    }
}

/// Whether only this connection was lost before it was accepted, so that the next one can be accepted at once.
fn is_of_one_client(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
    )
}
