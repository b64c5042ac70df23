//! `aggregations up`: runs the local stack until a signal stops it.

use std::io::{self, Write};
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;

use calculation::Currency;
use local_stack::{
    DYNAMODB_ADDRESS, EXAMPLE_DATE, EXAMPLE_PROFILE, Envelope, Glance, Options, Stack, StackError,
    Storage, TABLE_NAME,
};

use crate::signals::Signals;

/// A purchase to write into a table in which nothing is calculated yet.
const EXAMPLE_ITEM: &str = r#"{"pk": {"S": "PROFILE#ada"}, "sk": {"S": "TXN#2026-01-15T09:30:00Z#order-1"}, "total": {"N": "49.90"}}"#;

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
    /// Allow a --dynamodb address that is not loopback, for containers (anyone who can reach it can read and write the table),
    /// or an --endpoint-url that is not
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
    /// Origins whose pages may call the HTTP API, separated by commas, such as http://localhost:5173; * is any
    #[arg(long, value_name = "ORIGINS", value_delimiter = ',')]
    pub cors_origins: Vec<String>,
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

/// An address or a name, and a port, as a flag gives them. Of several addresses that a name has, IPv4 comes first.
fn address(text: &str) -> Result<SocketAddr, String> {
    let addresses = text.to_socket_addrs().ok();
    let address = addresses.and_then(|all| all.min_by_key(SocketAddr::is_ipv6));
    address.ok_or_else(|| {
        "expected an address with a port such as 127.0.0.1:3000 or localhost:3000".to_owned()
    })
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
            cors_origins: arguments.cors_origins,
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
    let glances = stack.glance().await;
    let told = tell(&stack, &options, &glances, io::stdout()).map_err(UpError::Output);
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

/// Prints what is served, and commands to try it.
fn tell(
    stack: &Stack,
    options: &Options,
    glances: &[Glance],
    mut out: impl Write,
) -> io::Result<()> {
    let (http, table) = (stack.http_url(), stack.table_name());
    writeln!(out, "HTTP API   {http}/profiles/{{profileId}}/aggregations")?;
    writeln!(out, "Console    {http}/")?;
    writeln!(out, "DynamoDB   {}  table {table}", stack.dynamodb_url())?;
    match (&options.storage, &options.endpoint_url) {
        (_, Some(_)) => {}
        (Storage::Folder(folder), None) => writeln!(out, "Data       {}", folder.display())?,
        (Storage::Memory, None) => writeln!(out, "Data       not kept")?,
    }
    writeln!(
        out,
        "Log        warnings, on standard error; more with RUST_LOG=info"
    )?;
    if let Some(profiles) = stack.sample_profiles() {
        writeln!(out, "Sample     {profiles} profiles, a year of purchases")?;
    }
    for glance in glances {
        let (profile, purchases) = (&glance.profile, glance.shop_count);
        let (who, query) = if profile == EXAMPLE_PROFILE {
            ("The published example", format!("?as_of={EXAMPLE_DATE}"))
        } else {
            ("A customer", String::new())
        };
        let noun = if purchases == 1 {
            "purchase"
        } else {
            "purchases"
        };
        let spend = &glance.spend_all;
        writeln!(out, "\n{who}: {purchases} {noun}, spend_all {spend}")?;
        writeln!(out, "curl '{http}/profiles/{profile}/aggregations{query}'")?;
    }
    if glances.is_empty() {
        let (url, item) = (stack.dynamodb_url(), EXAMPLE_ITEM);
        writeln!(
            out,
            "\nTo write a purchase, and to read what it says about the customer:"
        )?;
        writeln!(
            out,
            "export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_DEFAULT_REGION=us-east-1"
        )?;
        writeln!(
            out,
            "aws dynamodb put-item --endpoint-url {url} --table-name {table} --item '{item}'"
        )?;
        writeln!(out, "curl '{http}/profiles/ada/aggregations'")?;
    }
    out.flush()
}
