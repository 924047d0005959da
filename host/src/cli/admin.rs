//! `jackfield admin ...`: accounts and applications, directly in the database. The server may run meanwhile.

mod applications;

use std::io::{BufRead, IsTerminal};
use std::path::Path;

use clap::{Args, Subcommand};

pub(super) use applications::open as open_applications;

use super::settings::ServerOptions;
use super::{Failure, out};
use crate::access::{Access, NewAccount};
use crate::clock::Clock;
use crate::shutdown::Tasks;
use crate::start::data;
use crate::store::Store;

#[derive(Debug, Subcommand)]
pub(super) enum AdminCommand {
    /// Create an account; its password is read from standard input
    #[command(after_help = "Example: jackfield admin create-user anna anna@example.org --admin")]
    CreateUser(CreateUserOptions),
    /// Set an account's password, read from standard input; its sessions end and its access tokens are disabled
    #[command(after_help = "Example: jackfield admin reset-password anna")]
    ResetPassword(AccountArgs),
    /// Create a personal access token and print it once
    #[command(after_help = "Example: jackfield admin create-token anna --description \"deploy script\"")]
    CreateToken(CreateTokenOptions),
    /// Seal secrets with the data directory's key file from now on; those sealed with another key are lost
    #[command(after_help = "Example: jackfield admin replace-key --data /var/lib/jackfield")]
    ReplaceKey(ServerOptions),
    #[command(flatten)]
    Applications(applications::ApplicationsCommand),
}

#[derive(Debug, Args)]
pub(super) struct CreateUserOptions {
    username: String,
    email: String,
    /// Make it a system administrator
    #[arg(long)]
    admin: bool,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Debug, Args)]
pub(super) struct AccountArgs {
    username: String,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Debug, Args)]
pub(super) struct CreateTokenOptions {
    username: String,
    /// What it is for
    #[arg(long, default_value = "created on the command line")]
    description: String,
    #[command(flatten)]
    server: ServerOptions,
}

pub(super) async fn run(command: &AdminCommand) -> Result<(), Failure> {
    let (AdminCommand::CreateUser(CreateUserOptions { server, .. })
    | AdminCommand::ResetPassword(AccountArgs { server, .. })
    | AdminCommand::CreateToken(CreateTokenOptions { server, .. })
    | AdminCommand::ReplaceKey(server)) = command
    else {
        let AdminCommand::Applications(command) = command else { return Ok(()) };
        return applications::run(command).await;
    };
    let config = server.resolve()?;
    let tasks = Tasks::default();
    let store = Store::open(&config.database_url(), 1, &tasks).await?;
    let done = match command {
        AdminCommand::ReplaceKey(_) => replace_key(&config.server.data, store).await,
        _ => work(command, &Access::new(store, Clock::system(), &config.access)).await,
    };
    tasks.finished().await;
    done
}

async fn work(command: &AdminCommand, access: &Access) -> Result<(), Failure> {
    match command {
        AdminCommand::CreateUser(CreateUserOptions { username, email, admin, .. }) => {
            let (username, email) = (username.clone(), email.clone());
            let new = NewAccount { username, email, password: read_password()?, ..NewAccount::default() };
            let user = access.create_account(new, *admin).await?;
            out::say(format_args!("{} is account number {}, id {}", user.username, user.number, user.id));
        }
        AdminCommand::ResetPassword(AccountArgs { username, .. }) => {
            access.reset_password(username, read_password()?).await?;
            out::say(format_args!(
                "the password of {username} is set; its sessions have ended, and its access tokens are disabled"
            ));
        }
        AdminCommand::CreateToken(CreateTokenOptions { username, description, .. }) => {
            let user = access.user_by_username(username).await?;
            out::say(access.issue_token(&user, description).await?.secret.reveal());
        }
        // `applications::run` and `replace_key` run them: they need the key file too.
        AdminCommand::Applications(_) | AdminCommand::ReplaceKey(_) => {}
    }
    Ok(())
}

/// Takes the store, because the caller waits for its task, which ends when the last handle is dropped.
async fn replace_key(folder: &Path, store: Store) -> Result<(), Failure> {
    data::claim(folder)?;
    data::replace_key(folder, &store).await?;
    drop(store);
    out::say("the key file seals secrets from now on; set the secrets of bridges and applications again");
    Ok(())
}

/// Reads one line from standard input, because an argument would end up in the shell's history.
fn read_password() -> Result<String, Failure> {
    let input = std::io::stdin().lock();
    if input.is_terminal() {
        out::note("password (it is shown as you type):");
    }
    let line = input.lines().next().ok_or("there is no password; write it to standard input")??;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
