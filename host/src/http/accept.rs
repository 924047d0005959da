//! Connections: each is a task of the server's, closed when its client asks nothing, or when the server stops.

use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tower::Layer;

use crate::shutdown::Tasks;

/// How long to wait when the system hands out no connection, mostly for want of descriptors: some may be closed by then.
const PAUSE: Duration = Duration::from_secs(1);

/// Takes connections until the server stops. A client may take `patience` for the head of each request.
pub(super) async fn run(listener: TcpListener, router: Router, patience: Duration, tasks: Tasks) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(patience);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = tasks.stopping() => return,
        };
        match accepted {
            Ok((stream, peer)) => {
                tasks.spawn(serve(http.clone(), stream, peer, router.clone(), tasks.clone()));
            }
            Err(error) if is_of_one_client(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be taken; is the limit of open files too low?");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Answers the requests of one connection. When the server stops, the one under way is finished.
async fn serve(http: http1::Builder, stream: TcpStream, peer: SocketAddr, router: Router, tasks: Tasks) {
    let service = TowerToHyperService::new(Extension(ConnectInfo(peer)).layer(router));
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

/// Whether a connection was lost before it was taken, which says nothing about the next.
fn is_of_one_client(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
    )
}
