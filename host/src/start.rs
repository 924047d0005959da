//! From settings to a running server, and its orderly shutdown.

pub(crate) mod data;
mod policies;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use self::policies::{command_limits, command_policy, hook_policy, limits, outgoing_policy, signed_policy};
use crate::access::Access;
use crate::app::{App, Handles};
use crate::blob::{BlobError, Blobs};
use crate::budget::{Budget, Budgets};
use crate::bus::Bus;
use crate::chat::{Chat, Files};
use crate::clock::Clock;
use crate::command::Commands;
use crate::config::Config;
use crate::egress::http::{ClientError, GuardedClient};
use crate::egress::mail::{MailServer, MailSettingError};
use crate::hook::{Hooks, OutgoingHooks};
use crate::model::JobKind;
use crate::notice::Notices;
use crate::plugin::{PluginError, Plugins, RULES};
use crate::rate::{Buckets, Rate};
use crate::runtime::{CompiledCode, Runtime, RuntimeError};
use crate::secret::{SealError, Sealer, Secret};
use crate::shutdown::Tasks;
use crate::signed::{Applications, SignedRequests};
use crate::store::{Store, StoreError};
use crate::template::TemplateError;
use crate::worker::Worker;
use crate::worker::delivery::Deliverer;
use crate::worker::echo::Echo;
use crate::worker::mail::Mailer;
use crate::worker::reminder::Reminder;
use crate::{http, worker};

/// How long running requests and tasks may take to finish once the server is asked to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Why the server did not start, or stopped by itself.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("`server.data`: cannot use the directory {path}: {source}")]
    DataDirectory { path: String, source: std::io::Error },
    #[error(
        "the key file {path} is missing, and the database has secrets sealed with it; restore it from a backup, or run \
         `jackfield admin replace-key`, which loses them"
    )]
    NoKey { path: String },
    #[error(
        "{path} is not the key that the database's secrets are sealed with; restore that file from a backup, or run \
         `jackfield admin replace-key`, which loses them"
    )]
    OtherKey { path: String },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Key(#[from] SealError),
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    #[error(transparent)]
    Plugins(#[from] PluginError),
    #[error(transparent)]
    Blobs(#[from] BlobError),
    #[error(transparent)]
    MailSetting(#[from] MailSettingError),
    #[error("a built-in template of mails is broken; install the server again")]
    MailTemplate(#[from] TemplateError),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("the listening socket failed; restart the server")]
    Listener(#[source] std::io::Error),
}

/// A server with its database open and its plugins loaded, ready to accept connections.
pub(crate) struct Server {
    pub(crate) app: App,
    /// Whether the data directory had been used before this start.
    was_used: bool,
    mailer: Option<Mailer>,
    deliverer: Deliverer,
    tasks: Tasks,
}

/// Serves until `shutdown` resolves, then finishes running requests and tasks. The caller owns the socket and the
/// signal.
pub async fn serve(
    config: Config,
    clock: Clock,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let address = listener.local_addr().map_err(ServeError::Listener)?;
    prepare(config, clock, address).await?.run(listener, shutdown).await;
    Ok(())
}

/// Opens the database and loads the plugins of a server that will listen on `address`.
pub(crate) async fn prepare(config: Config, clock: Clock, address: SocketAddr) -> Result<Server, ServeError> {
    let tasks = Tasks::default();
    let mail_server = worker::mail::server(&config)?;
    let was_used = data::was_used(&config.server.data);
    let app =
        assemble(config, clock, tasks.clone(), &format!("http://{address}"), mail_server.is_some()).await?;
    // A clock that was set back while the server was stopped must not sort new rows before old ones.
    if let Some(newest) = app.store.newest_stamp().await? {
        app.clock.continue_after(newest);
    }
    app.store.jobs().end_claims().await?;
    app.plugins.start().await?;
    let mailer = mail_server.map(|server| mailer(&app, server)).transpose()?;
    let deliverer = Deliverer::new(app.outgoing.clone(), &app.config, app.budgets.replies.clone())?;
    Ok(Server { app, was_used, mailer, deliverer, tasks })
}

impl Server {
    pub(crate) async fn run(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) {
        let Self { app, was_used, mailer, deliverer, tasks } = self;
        if let Err(error) = app.access.announce_setup(&app.site_url, was_used).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "whether there are accounts could not be read"
            );
        }
        app.store.run_indexing(&app.clock, &tasks);
        app.chat.run_presence(&tasks);
        app.access.run_housekeeping(&tasks);
        app.files.run_file_removal(&tasks);
        app.files.run_garbage_collection(&tasks);
        app.notices.run_retention(&tasks);
        run_jobs(&app, mailer, deliverer, &tasks);
        let stop = tasks.clone();
        tasks.spawn(async move {
            tokio::select! {
                () = shutdown => stop.stop(),
                () = stop.stopping() => {}
            }
        });
        http::serve(app, listener).await;
        // Connections are tasks too. Those that do not end by themselves are aborted when the grace period is over.
        if tokio::time::timeout(GRACE, tasks.finished()).await.is_err() {
            tracing::warn!("some connections or tasks did not finish in time");
        }
    }
}

/// Starts the loops that run jobs and remove ended ones, one for each kind.
fn run_jobs(app: &App, mailer: Option<Mailer>, deliverer: Deliverer, tasks: &Tasks) {
    let jobs = app.store.jobs();
    let worker = Worker { jobs, clock: app.clock.clone(), tasks: tasks.clone() };
    worker.spawn(Echo::new(app.chat.clone()));
    worker.spawn(Reminder::new(app.access.clone(), app.chat.clone(), app.site_url.clone()));
    worker.spawn(deliverer);
    let keep = worker::delivery::keep(&app.config);
    worker::delivery::run_upkeep(app.store.deliveries(), &app.clock, tasks, keep);
    match mailer {
        Some(mailer) => worker.spawn(mailer),
        None => worker.run_retention(JobKind::Mail, worker::mail::keep(&app.config)),
    }
}

#[expect(clippy::too_many_lines, reason = "it names each part of the server once")]
async fn assemble(
    config: Config,
    clock: Clock,
    tasks: Tasks,
    address: &str,
    mails: bool,
) -> Result<App, ServeError> {
    let budgets = budgets(&config);
    let data = &config.server.data;
    data::claim(data)?;
    let store = Store::open_as_server(&config.database_url(), config.database.connections, &tasks).await?;
    let sealer = data::sealer(data, &store).await?;
    let blobs = Blobs::open(&config.storage_url(), config.storage.min_free)?;
    let runtime = runtime(&config, &budgets, &sealer, &store, &clock)?;
    let given = config.server.site_url.trim_end_matches('/');
    let site_url = if given.is_empty() { address } else { given };
    let bus = Bus::new(clock.clone(), config.server.sockets_per_user, Arc::new(store.clone()));
    let access = Access::new(store.clone(), clock.clone(), &config.access)
        .with_bus(bus.clone())
        .with_device_key(sealer.derived("devices that signed in before"))
        .with_setup_token(Secret::random())
        .with_hashes(&budgets)
        .with_sealer(sealer.clone())
        .with_mail(mails)
        .with_tasks(tasks.clone());
    let chat = Chat::new(store.clone(), clock.clone(), bus.clone(), config.limits, Arc::from(site_url))
        .with_outgoing_hooks(config.hooks.outgoing);
    let links = config.storage.public_links.then(|| sealer.derived("public links to files"));
    let (max_file, pictures) = (config.storage.max_file, budgets.pictures.clone());
    let files = Files::new(chat.clone(), blobs.clone(), tasks.clone(), max_file, links, pictures);
    let digest_hour = mails.then_some(config.notices.digest_hour);
    let notices = Notices::new(store.clone(), clock.clone(), bus.clone(), &config.notices, digest_hour);
    let plugins =
        Plugins::new(store.clone(), access.clone(), clock.clone(), runtime, tasks.clone(), site_url);
    let client = GuardedClient::new(&config.egress, command_limits(&config))?;
    let hooks = Hooks {
        store: store.clone(),
        chat: chat.clone(),
        plugins: plugins.clone(),
        clock: clock.clone(),
        sealer: sealer.clone(),
        policy: hook_policy(&config),
    };
    let outgoing = OutgoingHooks {
        store: store.clone(),
        chat: chat.clone(),
        clock: clock.clone(),
        sealer: sealer.clone(),
        policy: outgoing_policy(&config),
    };
    let commands = Commands {
        store: store.clone(),
        access: access.clone(),
        chat: chat.clone(),
        plugins: plugins.clone(),
        clock: clock.clone(),
        sealer: sealer.clone(),
        client,
        site_url: Arc::from(site_url),
        policy: command_policy(&config),
    };
    let applications = Applications {
        store: store.clone(),
        access: access.clone(),
        clock: clock.clone(),
        sealer: sealer.clone(),
    };
    let signed =
        SignedRequests::new(chat.clone(), notices.clone(), applications, signed_policy(&config.signed));
    Ok(App::new(Handles {
        site_url: Arc::from(site_url),
        socket_frames: socket_frames(&config),
        config: Arc::new(config),
        budgets,
        clock,
        tasks,
        store,
        bus,
        access,
        chat,
        notices,
        plugins,
        hooks,
        outgoing,
        commands,
        signed,
        blobs,
        sealer,
        files,
    }))
}

fn runtime(
    config: &Config,
    budgets: &Budgets,
    sealer: &Sealer,
    store: &Store,
    clock: &Clock,
) -> Result<Runtime, ServeError> {
    let directory = config.server.data.join("compiled");
    let compiled = CompiledCode { directory, key: sealer.derived("compiled code of plugins") };
    let (limits, plugins) = (limits(&config.plugins), budgets.plugins.clone());
    Ok(Runtime::new(limits, RULES, plugins, Some(compiled), store.clone(), clock.clone())?)
}

/// Returns the rate of what an account's sockets may send; None without a limit.
fn socket_frames(config: &Config) -> Option<Buckets> {
    let rate = Rate { per_second: config.server.rate_per_second, burst: config.server.rate_burst };
    (rate.per_second > 0).then(|| Buckets::new(rate))
}

fn budgets(config: &Config) -> Budgets {
    let bodies = [
        config.server.max_body,
        config.plugins.max_package,
        config.hooks.bridge_max_body,
        config.signed.max_body,
    ];
    let default = Budgets::default();
    Budgets {
        plugins: Budget::new("plugin calls", config.plugins.total_memory / 1024),
        bodies: default.bodies.at_least(bodies.into_iter().max().unwrap_or_default()),
        ..default
    }
}

fn mailer(app: &App, server: MailServer) -> Result<Mailer, ServeError> {
    Ok(Mailer::new(app.store.clone(), app.clock.clone(), server, app.site_url.clone(), &app.config)?)
}
