//! The emulator of API Gateway around a handler that does nothing.

use std::fmt;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use lambda_emulator::{Function, HttpApi, Service};
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// The emulator, serving one route on loopback, and a connection to it.
pub struct Emulator {
    runtime: Runtime,
    _api: Service,
    connection: TcpStream,
    request: String,
}

impl fmt::Debug for Emulator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Emulator")
    }
}

impl Emulator {
    /// Starts to serve.
    pub fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let (api, address) = runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let function = Function::new("nothing", Duration::from_secs(3), nothing);
            let api = HttpApi::default()
                .claims_without_token(Map::new())
                .route("GET /nothing/{id}", function)
                .unwrap();
            (api.start(listener), address)
        });
        let connection = TcpStream::connect(address).unwrap();
        connection.set_nodelay(true).unwrap();
        Self {
            runtime,
            _api: api,
            connection,
            request: format!("GET /nothing/1?as_of=2026-01-31 HTTP/1.1\r\nhost: {address}\r\n\r\n"),
        }
    }

    /// Sends one request on the open connection, and reads its answer.
    pub fn ask(&mut self) -> usize {
        self.connection.write_all(self.request.as_bytes()).unwrap();
        let mut answer = [0; 1024];
        let read = self.connection.read(&mut answer).unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 200"));
        read
    }

    /// Calls the handler without the emulator.
    pub fn call(&self) -> Value {
        let event = LambdaEvent::new(Value::Null, Context::default());
        self.runtime.block_on(nothing(event)).unwrap()
    }
}

async fn nothing(_: LambdaEvent<Value>) -> Result<Value, lambda_emulator::HandlerError> {
    Ok(json!({"statusCode": 200, "body": "{}"}))
}
