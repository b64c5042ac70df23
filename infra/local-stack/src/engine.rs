//! The embedded DynamoDB, served on an address of this machine.

mod database_file;
mod in_process;

use std::net::SocketAddr;
use std::path::Path;

use dynoxide::Database;
use lambda_emulator::Service;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tracing::error;

use crate::StackError;
use crate::folder::{DATABASE, Folder};
pub(crate) use database_file::DatabaseFile;
pub(crate) use in_process::in_process;

/// The embedded DynamoDB, running.
pub(crate) struct Engine {
    /// Where it answers.
    pub(crate) address: SocketAddr,
    /// What it serves.
    pub(crate) database: Database,
    /// Its file.
    pub(crate) file: DatabaseFile,
    pub(crate) service: Service,
    /// Where its file is if nothing is kept: gone with this.
    pub(crate) temporary: Option<TempDir>,
}

/// What the end of the machine may cost.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Durability {
    /// The last moments. The file stays intact.
    Kept,
    /// Everything.
    Temporary,
}

impl Engine {
    /// Opens the database in `folder`, or one that is gone afterwards, and serves it at `address`.
    ///
    /// In either case it is a file, since it needs indexes that only another connection can make. No write
    /// waits for the disk: the system writes what a killed process left behind.
    pub(crate) async fn start(
        address: SocketAddr,
        folder: Option<&Folder>,
    ) -> Result<Self, StackError> {
        let (path, temporary, durability) = match folder {
            Some(folder) => (folder.database(), None, Durability::Kept),
            None => {
                let temporary = TempDir::with_prefix("aggregations-");
                let temporary = temporary.map_err(StackError::TemporaryFolder)?;
                let path = temporary.path().join(DATABASE);
                (path, Some(temporary), Durability::Temporary)
            }
        };
        let database = open(&path, durability)?;
        let file = DatabaseFile::open(&path, durability);
        let file = file.map_err(|error| unusable(&path, &error))?;
        // On Unix, open files outlive their names: so not even a killed process leaves them behind.
        let temporary = temporary.filter(|_| !cfg!(unix));
        let (listener, address) = listen("--dynamodb", address).await?;
        let served = database.clone();
        let service = Service::start(|stop| async move {
            let served = dynoxide::server::serve_with_shutdown(listener, served, async move {
                stop.cancelled().await;
            });
            if let Err(error) = served.await {
                error!("the embedded DynamoDB stopped: {error}");
            }
        });
        Ok(Self {
            address,
            database,
            file,
            service,
            temporary,
        })
    }
}

fn open(path: &Path, durability: Durability) -> Result<Database, StackError> {
    let name = path.to_str();
    let name = name.ok_or_else(|| unusable(path, &"its path is not UTF-8"))?;
    let database = Database::new(name).map_err(|error| unusable(path, &error))?;
    // The engine's two sets of SQLite settings: `synchronous = NORMAL`, and `synchronous = OFF`.
    let set = match durability {
        Durability::Kept => database.disable_bulk_loading(),
        Durability::Temporary => database.enable_bulk_loading(),
    };
    set.map_err(|error| unusable(path, &error))?;
    Ok(database)
}

fn unusable(path: &Path, reason: &impl ToString) -> StackError {
    StackError::Database {
        path: path.to_owned(),
        reason: reason.to_string(),
    }
}

/// Listens on an address that the flag `flag` names; port 0 is any free one.
pub(crate) async fn listen(
    flag: &'static str,
    address: SocketAddr,
) -> Result<(TcpListener, SocketAddr), StackError> {
    let listen = async {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    };
    listen.await.map_err(|reason| StackError::Listen {
        address,
        flag,
        reason,
    })
}
