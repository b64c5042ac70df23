//! The embedded DynamoDB, served on an address of this machine.

use std::net::SocketAddr;

use dynoxide::Database;
use lambda_emulator::Service;
use tokio::net::TcpListener;
use tracing::error;

use crate::StackError;
use crate::folder::Folder;

/// Opens the database in `folder`, or one in memory, and serves it.
pub(crate) async fn start(
    address: SocketAddr,
    folder: Option<&Folder>,
) -> Result<(SocketAddr, Service), StackError> {
    let database = open(folder)?;
    let (listener, address) = listen("--dynamodb", address).await?;
    let service = Service::start(|stop| async move {
        let served = dynoxide::server::serve_with_shutdown(listener, database, async move {
            stop.cancelled().await;
        });
        if let Err(error) = served.await {
            error!("the embedded DynamoDB stopped: {error}");
        }
    });
    Ok((address, service))
}

fn open(folder: Option<&Folder>) -> Result<Database, StackError> {
    let Some(folder) = folder else {
        return Database::memory().map_err(|error| StackError::Engine(error.to_string()));
    };
    let path = folder.database();
    let unusable = |reason: String| StackError::Database {
        path: path.clone(),
        reason,
    };
    let name = path
        .to_str()
        .ok_or_else(|| unusable("its path is no UTF-8".to_owned()))?;
    Database::new(name).map_err(|error| unusable(error.to_string()))
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
