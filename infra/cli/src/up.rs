//! `aggregations up`: the whole system on this machine.
//!
//! The table with its stream (embedded, or any DynamoDB), the stream's event source mapping with Lambda's semantics, and
//! the HTTP API, around the very functions that are deployed. What the deployed system says about the table, the mapping
//! and its filter is read from the same template.

mod checkpoint;
mod connection;
mod dead_letters;
mod delivery;
mod engine;
mod error;
mod filter;
mod folder;
mod gateway;
mod invocation;
mod mapping;
mod options;
mod poller;
mod provision;
mod record;
mod rules;
mod sample;
mod service;
mod shards;
mod signals;
mod stack;
mod stop;
mod template;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;

use calculation::Currency;

pub use dead_letters::{BatchInfo, Condition, DeadLetter, RequestContext};
pub use error::UpError;
pub use filter::FilterError;
pub use get_aggregations::Envelope;
pub use options::{Options, Storage, TABLE_NAME};
use signals::Signals;
pub use stack::Stack;
pub use template::TemplateError;

/// Run everything on this machine: table, stream function and HTTP API
#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    /// Where the HTTP API listens; always loopback, since it does not check tokens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3000", value_parser = address)]
    pub http: SocketAddr,
    /// Where the embedded DynamoDB listens
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8000",
        value_parser = address,
        conflicts_with = "endpoint_url"
    )]
    pub dynamodb: SocketAddr,
    /// Let --dynamodb be an address that is not loopback, so that containers reach it; whoever reaches it reads and writes the table
    #[arg(long)]
    pub allow_non_loopback: bool,
    /// Folder of what is kept between starts
    #[arg(long, value_name = "FOLDER", default_value = ".local")]
    pub data: PathBuf,
    /// Keep nothing
    #[arg(long, conflicts_with = "data")]
    pub in_memory: bool,
    /// Begin with an empty table instead of the sample shop
    #[arg(long)]
    pub no_sample: bool,
    /// Use the DynamoDB at this URL instead of the embedded one, with the environment's region and keys if it has them
    #[arg(long, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Wrap the response as {"data": ...}
    #[arg(long, value_name = "NAME", value_enum, default_value_t = Wrapping::None)]
    pub envelope: Wrapping,
    /// The currency of the figures, such as EUR; a transaction in another one counts by its total_converted [default: none]
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
        .map_err(|_| "it is no address with a port, such as 127.0.0.1:3000".to_owned())
}

/// What the response is wrapped in.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub enum Wrapping {
    /// Nothing
    None,
    /// {"data": ...}
    Data,
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
            envelope: match arguments.envelope {
                Wrapping::None => Envelope::None,
                Wrapping::Data => Envelope::Data,
            },
            currency: arguments.currency,
            table_name: TABLE_NAME.to_owned(),
        }
    }
}

/// Starts the stack, tells what it serves, and stops it on Ctrl-C or SIGTERM.
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
    let has_example = stack.has_example().await?;
    let told = tell(&stack, &options, has_example, io::stdout()).map_err(UpError::Output);
    if told.is_ok() {
        signals.next().await;
    }
    tokio::select! {
        () = stack.stop() => {}
        // Who asks twice does not want to wait; what is unfinished is done again at the next start.
        () = signals.next() => {}
    }
    told
}

/// What is served, and a line to try it.
fn tell(
    stack: &Stack,
    options: &Options,
    has_example: bool,
    mut out: impl Write,
) -> io::Result<()> {
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
    let example = format!("{http}/profiles/{}/aggregations", sample::EXAMPLE_PROFILE);
    if has_example {
        writeln!(out, "\ncurl '{example}?as_of={}'", sample::EXAMPLE_DATE)?;
    } else {
        // The answer is a 404 that says so.
        writeln!(out, "\ncurl -i '{example}'")?;
    }
    out.flush()
}
