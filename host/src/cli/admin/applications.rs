//! `jackfield admin ...-application`: programs that call the signed API, directly in the database.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::access::{Access, Authority};
use crate::cli::settings::ServerOptions;
use crate::cli::{Failure, out};
use crate::clock::Clock;
use crate::model::{Application, Dialect, Strength};
use crate::shutdown::Tasks;
use crate::signed::{ApplicationEdit, Applications, IssuedKey, NewApplication};
use crate::start::data;
use crate::store::Store;

/// How many applications are read per page.
const PAGE: i64 = 200;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ApplicationsCommand {
    /// Create an application of the signed API and print its key once
    #[command(after_help = "Example: jackfield admin create-application ci \"Build server\" --account anna")]
    CreateApplication(Create),
    /// List the applications of the signed API
    #[command(after_help = "Example: jackfield admin list-applications --json")]
    ListApplications(ListApplications),
    /// Give an application a new key and print it once
    #[command(after_help = "Example: jackfield admin rotate-application ci --overlap 3600")]
    RotateApplication(Rotate),
    /// Enable an application
    #[command(after_help = "Example: jackfield admin enable-application ci")]
    EnableApplication(ApplicationArgs),
    /// Disable an application; its requests are refused
    #[command(after_help = "Example: jackfield admin disable-application ci")]
    DisableApplication(ApplicationArgs),
    /// Delete an application; another one may then have its code
    #[command(after_help = "Example: jackfield admin delete-application ci")]
    DeleteApplication(ApplicationArgs),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Create {
    /// The code that it sends with its requests: letters, digits and underscores
    code: String,
    /// Its name, for people
    name: String,
    /// The username of the account its group messages are by; without --free it uses only the groups of this account
    #[arg(long)]
    account: Option<String>,
    /// Allow calls without such an account, by a bot, and the use of every group
    #[arg(long)]
    free: bool,
    /// Where it may call from: addresses, ranges, wildcards and networks, separated by commas
    #[arg(long, default_value = "*")]
    addresses: String,
    /// The dialects it may use: d1, d2, d3
    #[arg(long, value_delimiter = ',', value_parser = dialect, default_value = "d1,d2,d3")]
    dialects: Vec<Dialect>,
    /// The signature strengths it may use: legacy, body, nonce, hmac
    #[arg(long = "rungs", value_delimiter = ',', value_parser = rung, default_value = "legacy,body,nonce,hmac")]
    strengths: Vec<Strength>,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ListApplications {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Rotate {
    code: String,
    /// How long the old key stays good, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 86_400)]
    overlap: u64,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ApplicationArgs {
    code: String,
    #[command(flatten)]
    server: ServerOptions,
}

pub(in crate::cli) async fn run(command: &ApplicationsCommand) -> Result<(), Failure> {
    let (ApplicationsCommand::CreateApplication(Create { server, .. })
    | ApplicationsCommand::ListApplications(ListApplications { server, .. })
    | ApplicationsCommand::RotateApplication(Rotate { server, .. })
    | ApplicationsCommand::EnableApplication(ApplicationArgs { server, .. })
    | ApplicationsCommand::DisableApplication(ApplicationArgs { server, .. })
    | ApplicationsCommand::DeleteApplication(ApplicationArgs { server, .. })) = command;
    let tasks = Tasks::default();
    let done = work(command, open(server, &tasks).await?).await;
    tasks.finished().await;
    done
}

/// Opens the applications of the server with these settings. The tasks end when the handle is dropped.
pub(in crate::cli) async fn open(server: &ServerOptions, tasks: &Tasks) -> Result<Applications, Failure> {
    let config = server.resolve()?;
    let data = &config.server.data;
    data::claim(data)?;
    let store = Store::open(&config.database_url(), 1, tasks).await?;
    let sealer = data::sealer(data, &store).await?;
    let access = Access::new(store.clone(), Clock::system(), &config.access);
    Ok(Applications { store, access, clock: Clock::system(), sealer })
}

async fn work(command: &ApplicationsCommand, applications: Applications) -> Result<(), Failure> {
    match command {
        ApplicationsCommand::CreateApplication(options) => {
            let new = NewApplication {
                name: options.name.clone(),
                code: options.code.clone(),
                account: options.account.clone(),
                free: options.free,
                addresses: options.addresses.clone(),
                dialects: options.dialects.clone(),
                strengths: options.strengths.clone(),
            };
            show_key(&applications.create(Authority::Operator, new).await?);
        }
        ApplicationsCommand::ListApplications(ListApplications { json, .. }) => {
            list(&applications, *json).await?;
        }
        ApplicationsCommand::RotateApplication(Rotate { code, overlap, .. }) => {
            let id = applications.find_by_code(code).await?.id;
            show_key(&applications.rotate(Authority::Operator, &id, Duration::from_secs(*overlap)).await?);
        }
        ApplicationsCommand::EnableApplication(ApplicationArgs { code, .. }) => {
            switch(&applications, code, true).await?;
        }
        ApplicationsCommand::DisableApplication(ApplicationArgs { code, .. }) => {
            switch(&applications, code, false).await?;
        }
        ApplicationsCommand::DeleteApplication(ApplicationArgs { code, .. }) => {
            let id = applications.find_by_code(code).await?.id;
            applications.delete(Authority::Operator, &id).await?;
            out::say(format_args!("the application {code} is deleted"));
        }
    }
    Ok(())
}

async fn switch(applications: &Applications, code: &str, enabled: bool) -> Result<(), Failure> {
    let id = applications.find_by_code(code).await?.id;
    let edit = ApplicationEdit { enabled: Some(enabled), ..ApplicationEdit::default() };
    applications.change(Authority::Operator, &id, edit).await?;
    out::say(format_args!("the application {code} is {}", if enabled { "enabled" } else { "disabled" }));
    Ok(())
}

/// Prints the key alone to stdout, so that a script can read it.
fn show_key(issued: &IssuedKey) {
    out::note(format_args!("the key of {}, shown this once:", issued.application.code));
    out::say(issued.key.reveal());
}

async fn list(applications: &Applications, json: bool) -> Result<(), Failure> {
    let mut all: Vec<Application> = Vec::new();
    loop {
        let last = all.last().map(|last| (last.create_at, last.id.clone()));
        let page = applications.list(last.as_ref(), PAGE).await?;
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    if json {
        out::say(json!(all.iter().map(row).collect::<Vec<_>>()));
        return Ok(());
    }
    for one in &all {
        let state = if one.enabled { "enabled" } else { "disabled" };
        let strengths: Vec<&str> = one.strengths.iter().map(|rung| rung.name()).collect();
        out::say(format_args!(
            "{}  {state}  {}  {}  {}",
            one.code,
            strengths.join(","),
            one.addresses,
            one.name
        ));
    }
    Ok(())
}

fn row(one: &Application) -> serde_json::Value {
    let used = |rung: &Strength| (rung.name().to_owned(), json!(one.used.of(*rung)));
    json!({
        "id": one.id, "code": one.code, "name": one.name, "enabled": one.enabled, "free": one.free,
        "account_id": one.account_id, "addresses": one.addresses, "dialects": one.dialects, "rungs": one.strengths,
        "last_used": Strength::ALL.iter().map(used).collect::<serde_json::Map<_, _>>(),
    })
}

fn dialect(text: &str) -> Result<Dialect, String> {
    let known = Dialect::ALL.into_iter().find(|dialect| dialect.name() == text);
    known.ok_or_else(|| "one of d1, d2, d3".to_owned())
}

fn rung(text: &str) -> Result<Strength, String> {
    let known = Strength::ALL.into_iter().find(|rung| rung.name() == text);
    known.ok_or_else(|| "one of legacy, body, nonce, hmac".to_owned())
}
