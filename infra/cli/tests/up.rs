//! `up` as the command, on any free ports.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests may fail loudly, and so may what they share"
)]

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use local_stack::EXAMPLE_PROFILE;
use serde_json::{Value, json};

/// `up` with these arguments, on any free ports where they name none.
fn command(arguments: &[&str]) -> Command {
    // The embedded DynamoDB's address is of no use with another one.
    let flags: &[&str] = if arguments.contains(&"--endpoint-url") {
        &["--http"]
    } else {
        &["--http", "--dynamodb"]
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_aggregations"));
    command
        .arg("up")
        .args(arguments)
        .args(flags.iter().flat_map(|flag| {
            let free = [*flag, "127.0.0.1:0"];
            free.into_iter().filter(|_| !arguments.contains(flag))
        }))
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// What the command prints until the line to try it, and that line.
fn announced(child: &mut Child) -> (String, String) {
    let mut told = String::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        if line.starts_with("curl ") {
            return (told, line);
        }
        told.push_str(&line);
        told.push('\n');
    }
    let mut error = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut error)
        .unwrap();
    panic!("ended: {error}");
}

#[cfg(unix)]
#[tokio::test]
async fn the_command_tells_what_it_serves_and_ends_cleanly_on_both_signals() {
    for signal in ["-INT", "-TERM"] {
        let mut child = command(&["--in-memory"]).spawn().unwrap();
        let (told, curl) = announced(&mut child);
        assert!(
            told.contains("profile-aggregations") && told.contains("in memory"),
            "{told}"
        );
        assert!(told.contains("20 profiles"), "{told}");
        let url = curl.trim_start_matches("curl '").trim_end_matches('\'');
        let body = http().get(url).send().await.unwrap().text().await.unwrap();
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (&body["spend_all"], &body["profile_id"]),
            (&json!(2000), &json!(EXAMPLE_PROFILE))
        );
        let pid = child.id().to_string();
        assert!(
            // The shell's own `kill`: the program is not everywhere.
            Command::new("sh")
                .args(["-c", &format!("kill {signal} {pid}")])
                .status()
                .unwrap()
                .success()
        );
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{signal}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    }
}

#[test]
fn what_keeps_it_from_starting_is_one_line_and_exit_code_1() {
    let folder = tempfile::tempdir().unwrap();
    let folder_path = folder.path().to_str().unwrap();
    let lock = std::fs::File::create(folder.path().join("lock")).unwrap();
    lock.lock().unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let file_path = file.path().to_str().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken_address = taken.local_addr().unwrap().to_string();
    // Bound and let go: nothing listens there.
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let closed_url = format!("http://{closed}");
    let damaged = tempfile::tempdir().unwrap();
    std::fs::write(damaged.path().join("dynamodb.sqlite"), [7; 4096]).unwrap();
    let damaged_path = damaged.path().to_str().unwrap();
    for (arguments, named) in [
        (vec!["--data", folder_path], folder_path),
        (vec!["--data", file_path], file_path),
        (vec!["--data", damaged_path], damaged_path),
        (
            vec!["--in-memory", "--http", &taken_address],
            taken_address.as_str(),
        ),
        (
            vec!["--in-memory", "--dynamodb", &taken_address],
            taken_address.as_str(),
        ),
        (
            vec!["--in-memory", "--http", "0.0.0.0:0"],
            "--http 0.0.0.0:0 is not a loopback address",
        ),
        (
            // What is permitted for the table is not for the API.
            vec!["--in-memory", "--http", "0.0.0.0:0", "--allow-non-loopback"],
            "--http 0.0.0.0:0 is not a loopback address",
        ),
        (
            vec!["--in-memory", "--dynamodb", "0.0.0.0:0"],
            "--dynamodb 0.0.0.0:0 is not a loopback address: anyone who reaches it could read and write the table; allow that with --allow-non-loopback",
        ),
        (
            vec!["--in-memory", "--endpoint-url", &closed_url],
            closed_url.as_str(),
        ),
        (
            vec!["--in-memory", "--endpoint-url", "localhost:1"],
            "`localhost:1`",
        ),
    ] {
        let output = command(&arguments).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {error}");
        assert!(
            error.starts_with("error: ") && error.contains(named),
            "{error}"
        );
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(output.stdout.is_empty());
    }
}

/// A client that goes straight to loopback, whatever proxy the environment names.
fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}
