//! One process of a function, from its start to its end.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::process::Command;

use crate::stub::{Call, Stub};

/// Warm GETs of each process.
const WARM: usize = 50;

/// What one process came to.
pub struct Measured {
    /// From its start until it asked for an event.
    pub ready: Duration,
    /// From its start until it answered the first one.
    pub first_response: Duration,
    /// What it used of the processors until then.
    pub cpu: Duration,
    /// The median of its further answers.
    pub warm: Duration,
    /// What it used of the processors for each of them.
    pub warm_cpu: Duration,
    /// Its memory at the end.
    pub resident_kb: u64,
}

/// Starts a function as Lambda does, and ends it when it has answered.
pub async fn measure(file: &Path, stub: &mut Stub) -> Measured {
    let mut command = Command::new(file);
    command
        .env_clear()
        .env("AWS_LAMBDA_FUNCTION_NAME", "function")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_LAMBDA_RUNTIME_API", stub.runtime().to_string())
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_SESSION_TOKEN", "token")
        .env(
            "AWS_ENDPOINT_URL_DYNAMODB",
            format!("http://{}", stub.dynamodb()),
        )
        .env("TABLE_NAME", "profile-aggregations")
        // Some systems have a folder of certificates as well, and reading it takes longer than all the rest of a start.
        .env("SSL_CERT_FILE", certificates())
        .stdout(Stdio::null())
        .kill_on_drop(true);
    let began = Instant::now();
    let mut process = command.spawn().expect("the function starts");
    let id = process.id().expect("it has just been started");
    let mut ready = Duration::ZERO;
    let mut first_response = Duration::ZERO;
    let mut cpu = Duration::ZERO;
    let mut warm = Vec::new();
    for event in 0..=WARM {
        let Call::Next(asked_at, reply) = stub.call().await else {
            panic!("answered no event");
        };
        let sent_at = Instant::now();
        reply.send(()).expect("it waits for the event");
        let Call::Response(answered_at, body) = stub.call().await else {
            panic!("asked for another event before it answered");
        };
        let answer: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(answer["statusCode"], 200, "{answer}");
        if event == 0 {
            ready = asked_at - began;
            first_response = answered_at - began;
            cpu = used(id);
        } else {
            warm.push(answered_at - sent_at);
        }
    }
    // So that it asks for nothing while the next process runs.
    let asked = stub.call().await;
    warm.sort();
    let warm_cpu = used(id).saturating_sub(cpu) / warm.len() as u32;
    let resident_kb = resident_kb(id);
    process.kill().await.expect("it ends");
    drop(asked);
    Measured {
        ready,
        first_response,
        cpu,
        warm: warm[WARM / 2],
        warm_cpu,
        resident_kb,
    }
}

/// The file of certificate authorities, as Debian and as Lambda's system have it.
fn certificates() -> &'static str {
    let files = [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
    ];
    let mut found = files.into_iter().filter(|file| Path::new(file).exists());
    found.next().expect("a file of certificate authorities")
}

/// What all threads of a process have used of the processors.
fn used(id: u32) -> Duration {
    let threads = fs::read_dir(format!("/proc/{id}/task")).expect("it runs on Linux");
    let nanoseconds = threads.map(|thread| {
        let path = thread.expect("a thread").path().join("schedstat");
        let text = fs::read_to_string(path).unwrap_or_default();
        let used = text.split(' ').next().and_then(|text| text.parse().ok());
        used.unwrap_or(0)
    });
    Duration::from_nanos(nanoseconds.sum())
}

fn resident_kb(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).expect("it runs on Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|text| text.parse().ok()).expect("VmRSS")
}
