//! Serving connections: HTTP/1.1, and an end for those that send nothing.

use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use tracing::warn;

/// A connection that has not sent the head of its next request after so long is closed.
pub(super) const IDLE: Duration = Duration::from_secs(30);
/// The pause after a connection that could not be accepted, most likely for lack of file descriptors.
const PAUSE: Duration = Duration::from_secs(1);

/// Serves `routes` until a stop is requested. Requests in hand are finished.
pub(super) async fn serve(listener: TcpListener, routes: Router, stop: CancellationToken) {
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(IDLE);
    let connections = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        let (stream, caller) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                warn!("cannot accept a connection: {error}");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let routes = routes.clone();
        let answer = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(caller));
            routes.clone().oneshot(request)
        });
        let connection = server.serve_connection(TokioIo::new(stream), answer);
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            // Clients go away at any time, which is no concern of the server.
            connection.await.ok();
        });
    }
    drop(listener);
    connections.shutdown().await;
}
