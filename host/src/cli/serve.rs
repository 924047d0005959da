//! `jackfield serve` and `jackfield migrate`.

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::settings::ServerOptions;
use super::{Failure, out};
use crate::clock::Clock;
use crate::shutdown::Tasks;
use crate::store::Store;
use crate::{descriptors, start, telemetry};

pub(super) async fn run(options: &ServerOptions) -> Result<(), Failure> {
    let config = options.resolve()?;
    telemetry::start(&config.telemetry)?;
    let listener = listen(config.server.listen).await?;
    let address = listener.local_addr()?;
    let server = start::prepare(config, Clock::system(), address).await?;
    // The only line on stdout: clients may now connect.
    out::say(format_args!("listening on http://{address}"));
    server.run(listener, stop_signal()?).await;
    Ok(())
}

pub(super) async fn migrate(options: &ServerOptions) -> Result<(), Failure> {
    let config = options.resolve()?;
    let tasks = Tasks::default();
    let store = Store::open(&config.database_url(), 1, &tasks).await?;
    drop(store);
    tasks.finished().await;
    out::say("the database has the schema of this version");
    Ok(())
}

/// Binds the address. Every connection needs an open file, so their limit is raised first.
pub(super) async fn listen(address: std::net::SocketAddr) -> Result<TcpListener, Failure> {
    descriptors::raise();
    TcpListener::bind(address).await.map_err(|error| {
        format!("cannot listen on {address}: {error}; choose another address with --listen").into()
    })
}

/// Resolves at the first SIGINT or SIGTERM.
pub(super) fn stop_signal() -> Result<impl Future<Output = ()> + Send + 'static, Failure> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping: requests in progress are finished first");
    })
}
