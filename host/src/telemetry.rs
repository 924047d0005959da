//! Log lines to stderr.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

use crate::config::{LogFormat, TelemetrySettings};

/// Starts writing log lines. Does nothing if the process has a logger already.
pub fn start(settings: &TelemetrySettings) -> Result<(), ParseError> {
    let filter = EnvFilter::try_new(&settings.log)?;
    let colours = std::io::stderr().is_terminal();
    let lines =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr);
    let started = match settings.format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
    drop(started);
    Ok(())
}
