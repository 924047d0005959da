//! `jackfield signed ...`: explains why a signed request is refused; reads the database directly.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::admin::open_applications;
use super::settings::ServerOptions;
use super::{Failure, out};
use crate::shutdown::Tasks;
use crate::signed::{Applications, Sample, SignatureHeaders, Verdict, code_in};

#[derive(Debug, Subcommand)]
pub(super) enum SignedCommand {
    /// Explain stage by stage how the server judges a request, and what its sender has to change
    #[command(
        after_help = "Example: jackfield signed explain 'http://127.0.0.1:8065/api.php?m=im&f=getGroupChats&code=ci&token=…'"
    )]
    Explain(Explain),
}

#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The address of the request, as it was sent
    url: String,
    /// The application whose keys to try, if not the one the address names
    #[arg(long, value_name = "CODE")]
    key_of: Option<String>,
    /// A file with the request's body
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    /// A header of the request, as `NAME: VALUE`; those of a signature count
    #[arg(long = "header", short = 'H', value_name = "HEADER")]
    headers: Vec<String>,
    /// Where the request came from
    #[arg(long, value_name = "ADDR")]
    address: Option<IpAddr>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerOptions,
}

pub(super) async fn run(command: SignedCommand) -> Result<(), Failure> {
    let SignedCommand::Explain(options) = command;
    let tasks = Tasks::default();
    let done = explain(&options, open_applications(&options.server, &tasks).await?).await;
    tasks.finished().await;
    done
}

async fn explain(options: &Explain, applications: Applications) -> Result<(), Failure> {
    let code = options.key_of.clone().or_else(|| code_in(&options.url));
    let code = code.ok_or("the address names no code; name the application with --key-of")?;
    let application = applications.find_by_code(&code).await?;
    let read = |path: &PathBuf| {
        std::fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
    };
    let body = options.body.as_ref().map(read).transpose()?;
    let header = |wanted: &str| {
        let mut headers = options.headers.iter().filter_map(|header| header.split_once(':'));
        let (_, value) = headers.find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted))?;
        Some(value.trim().to_owned())
    };
    let sample = Sample {
        url: options.url.clone(),
        body,
        address: options.address,
        signature: SignatureHeaders::of(header),
    };
    let raw_query = options.server.resolve()?.signed.raw_query;
    let explanation = applications.explain(&application, &sample, raw_query);
    if options.json {
        out::say(serde_json::to_string(&explanation)?);
        return Ok(());
    }
    out::say(format_args!("signed text: {}", explanation.signed_text));
    for stage in &explanation.stages {
        let verdict = match stage.verdict {
            Verdict::Pass => "pass",
            Verdict::Fail => "FAIL",
            Verdict::Open => "open",
        };
        out::say(format_args!("{verdict}  {:<8}  {}", stage.name, stage.why));
        if !stage.remedy.is_empty() {
            out::say(format_args!("                -> {}", stage.remedy));
        }
    }
    out::say(if explanation.right {
        "the request would be accepted"
    } else {
        "the request would be refused"
    });
    Ok(())
}
