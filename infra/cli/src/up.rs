//! `aggregations up`: runs the local stack until a signal stops it.

mod signals;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;

use calculation::Currency;
use local_stack::{
    DYNAMODB_ADDRESS, EXAMPLE_DATE, EXAMPLE_PROFILE, Envelope, Options, Stack, StackError, Storage,
    TABLE_NAME,
};

use signals::Signals;

/// Run everything on this machine: table, stream function and HTTP API
#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    /// Address of the HTTP API; always loopback, since the API does not check tokens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3000", value_parser = address)]
    pub http: SocketAddr,
    /// Address of the embedded DynamoDB
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = DYNAMODB_ADDRESS,
        value_parser = address,
        conflicts_with = "endpoint_url"
    )]
    pub dynamodb: SocketAddr,
    /// Allow a --dynamodb address that is not loopback, for containers; anyone who can reach it can read and write the table
    #[arg(long)]
    pub allow_non_loopback: bool,
    /// Folder for the data that is kept between starts
    #[arg(long, value_name = "FOLDER", default_value = ".local")]
    pub data: PathBuf,
    /// Keep nothing between starts
    #[arg(long, conflicts_with = "data")]
    pub in_memory: bool,
    /// Start with an empty table instead of the sample data
    #[arg(long)]
    pub no_sample: bool,
    /// Use the DynamoDB at this URL instead of the embedded one, with the environment's region and keys if it has them
    #[arg(long, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Wrapper of the response: none, or data for {"data": ...}
    #[arg(long, value_name = "NAME", default_value = "none")]
    pub envelope: Envelope,
    /// The currency of the figures, such as EUR; a transaction in another currency counts by its total_converted [default: none]
    #[arg(long, value_name = "CODE", value_parser = currency)]
    pub currency: Option<Currency>,
}

/// A currency code, as a flag gives it.
fn currency(text: &str) -> Result<Currency, String> {
    Currency::parse(text).ok_or_else(|| "expected an ISO 4217 code, such as EUR".to_owned())
}

/// An address and a port, as a flag gives them.
fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "expected an address with a port such as 127.0.0.1:3000".to_owned())
}

/// Why `up` ended early.
#[derive(Debug, thiserror::Error)]
pub enum UpError {
    /// The local stack cannot start or go on.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// The standard output cannot be written.
    #[error("cannot write to the standard output")]
    Output(#[source] io::Error),
    /// Signals cannot be received.
    #[error("cannot wait for signals")]
    Signals(#[source] io::Error),
}

impl From<Arguments> for Options {
    fn from(arguments: Arguments) -> Self {
        Self {
            http: arguments.http,
            dynamodb: arguments.dynamodb,
            allow_non_loopback: arguments.allow_non_loopback,
            storage: if arguments.in_memory {
                Storage::Memory
            } else {
                Storage::Folder(arguments.data)
            },
            sample: !arguments.no_sample,
            endpoint_url: arguments.endpoint_url,
            envelope: arguments.envelope,
            currency: arguments.currency,
            table_name: TABLE_NAME.to_owned(),
        }
    }
}

/// Starts the stack, prints what it serves, and stops it on Ctrl-C or SIGTERM.
///
/// # Errors
///
/// The stack cannot start.
pub async fn run(arguments: Arguments) -> Result<(), UpError> {
    let mut signals = Signals::new().map_err(UpError::Signals)?;
    let options = Options::from(arguments);
    let stack = tokio::select! {
        started = Stack::start(options.clone()) => started?,
        () = signals.next() => return Ok(()),
    };
    let told = tell(&stack, &options, io::stdout()).map_err(UpError::Output);
    if told.is_ok() {
        signals.next().await;
    }
    tokio::select! {
        () = stack.stop() => {}
        // A second signal stops immediately; the next start repeats what is unfinished.
        () = signals.next() => {}
    }
    told
}

/// Prints what is served, and a command to try it.
fn tell(stack: &Stack, options: &Options, mut out: impl Write) -> io::Result<()> {
    let (http, table) = (stack.http_url(), stack.table_name());
    writeln!(out, "HTTP API   {http}/profiles/{{profileId}}/aggregations")?;
    writeln!(out, "DynamoDB   {}  table {table}", stack.dynamodb_url())?;
    match &options.storage {
        Storage::Folder(folder) => writeln!(out, "Data       {}", folder.display())?,
        Storage::Memory => writeln!(out, "Data       in memory")?,
    }
    if let Some(profiles) = stack.sample_profiles() {
        writeln!(out, "Sample     {profiles} profiles, a year of purchases")?;
    }
    let example = format!("{http}/profiles/{EXAMPLE_PROFILE}/aggregations?as_of={EXAMPLE_DATE}");
    writeln!(out, "\ncurl '{example}'")?;
    out.flush()
}
