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
    let mut output = BufReader::new(child.stdout.take().unwrap());
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).unwrap() == 0 {
            break;
        }
        if line.starts_with("curl ") {
            // It goes on writing, and must not find a closed pipe.
            child.stdout = Some(output.into_inner());
            return (told, line.trim_end().to_owned());
        }
        told.push_str(&line);
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
            told.contains("profile-aggregations") && told.contains("not kept"),
            "{told}"
        );
        assert!(told.contains("20 profiles"), "{told}");
        assert!(told.contains("RUST_LOG"), "{told}");
        let console = told.lines().find_map(|line| line.strip_prefix("Console "));
        let page = http().get(console.unwrap().trim()).send().await.unwrap();
        assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
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

#[tokio::test]
async fn it_names_three_profiles_to_look_at_and_tells_what_is_set_aside() {
    let mut child = command(&["--in-memory", "--http", "localhost:0"])
        .spawn()
        .unwrap();
    let mut told = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut line_with = |text: &str| {
        let mut lines = told.by_ref().map(Result::unwrap);
        lines.find(|line| line.contains(text)).unwrap()
    };
    let dynamodb = line_with("DynamoDB");
    let dynamodb = dynamodb.split_whitespace().nth(1).unwrap().to_owned();
    for _ in 0..3 {
        let curl = line_with("curl ");
        let url = curl.trim_start_matches("curl '").trim_end_matches('\'');
        let answer = http().get(url).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200, "{curl}");
    }
    let item = json!({
        "TableName": "profile-aggregations",
        "Item": {"pk": {"S": "PROFILE#ada"}, "sk": {"S": "TXN#2026-01-15T09:30:00Z#order-1"}},
    });
    assert_eq!(ask(&dynamodb, "PutItem", &item).await, 200);
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    let line = log.find_map(|line| line.ok().filter(|line| line.contains("set aside")));
    let line = line.unwrap();
    for part in [
        "WARN",
        "profile=ada",
        "key=2026-01-15T09:30:00Z#order-1",
        "total",
    ] {
        assert!(line.contains(part), "{line}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test]
async fn without_a_sample_it_tells_how_to_write_a_purchase() {
    let temporary = tempfile::tempdir().unwrap();
    let mut command = command(&["--in-memory", "--no-sample"]);
    let mut child = command.env("TMPDIR", temporary.path()).spawn().unwrap();
    let (told, curl) = announced(&mut child);
    let url = curl.trim_start_matches("curl '").trim_end_matches('\'');
    let aws = told.lines().last().unwrap();
    let word = |flag: &str| {
        aws.split(flag)
            .nth(1)
            .unwrap()
            .split_whitespace()
            .next()
            .unwrap()
    };
    let item = aws.split("--item '").nth(1).unwrap().trim_end_matches('\'');
    let item: Value = serde_json::from_str(item).unwrap();
    let request = json!({"TableName": word("--table-name"), "Item": item});
    assert_eq!(ask(word("--endpoint-url"), "PutItem", &request).await, 200);
    while http().get(url).send().await.unwrap().status().as_u16() != 200 {
        tokio::task::yield_now().await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    if cfg!(unix) {
        // Not even a killed stack leaves anything.
        assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0);
    }
}

#[test]
fn settings_of_the_environment_do_not_reach_the_own_engine() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    std::fs::write(
        &config,
        "[default]\nretry_mode = legacy\nmax_attempts = 0\n",
    )
    .unwrap();
    let config = config.to_str().unwrap();
    let file = folder.path().join("t.csv");
    let rows = "profile_id,transaction_id,transacted_at,total\na,1,2026-01-01 10:00:00,1\n";
    std::fs::write(&file, rows).unwrap();
    // Nothing listens on the port of discarding.
    let proxy = "http://127.0.0.1:9";
    for settings in [
        &[("HTTP_PROXY", proxy), ("http_proxy", proxy)][..],
        &[
            ("ALL_PROXY", proxy),
            ("all_proxy", proxy),
            ("HTTPS_PROXY", proxy),
        ],
        &[("AWS_RETRY_MODE", "legacy")],
        &[("AWS_RETRY_MODE", "adaptive")],
        &[("AWS_MAX_ATTEMPTS", "0")],
        &[("AWS_MAX_ATTEMPTS", "many")],
        &[("AWS_CONFIG_FILE", config)],
        &[("AWS_PROFILE", "missing"), ("AWS_CONFIG_FILE", config)],
        &[
            ("AWS_USE_FIPS_ENDPOINT", "true"),
            ("AWS_USE_DUALSTACK_ENDPOINT", "perhaps"),
        ],
        &[
            ("AWS_ENDPOINT_URL", "nonsense"),
            ("AWS_DEFAULTS_MODE", "nonsense"),
        ],
    ] {
        let settings = settings.iter().copied();
        let mut up = command(&["--in-memory", "--no-sample"]);
        let mut child = up.envs(settings.clone()).spawn().unwrap();
        let (told, _) = announced(&mut child);
        let url = told
            .lines()
            .find(|line| line.starts_with("DynamoDB"))
            .unwrap();
        let url = url.split_whitespace().nth(1).unwrap();
        let mut import = Command::new(env!("CARGO_BIN_EXE_aggregations"));
        let import = import
            .arg("import")
            .arg(&file)
            .args(["--endpoint-url", url]);
        let output = import.envs(settings.clone()).output().unwrap();
        assert!(output.status.success(), "{settings:?}: {output:?}");
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

#[test]
fn settings_that_cannot_be_used_for_aws_are_an_error_or_the_default() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.csv");
    let rows = "profile_id,transaction_id,transacted_at,total\na,1,2026-01-01 10:00:00,1\n";
    std::fs::write(&file, rows).unwrap();
    for settings in [
        [
            ("AWS_RETRY_MODE", "legacy"),
            ("HTTPS_PROXY", "http://127.0.0.1:9"),
        ],
        [
            ("AWS_MAX_ATTEMPTS", "0"),
            ("ALL_PROXY", "http://user:secret@127.0.0.1:9"),
        ],
    ] {
        let mut import = Command::new(env!("CARGO_BIN_EXE_aggregations"));
        let import = import
            .arg("import")
            .arg(&file)
            .args(["--endpoint-url", "https://dynamodb.invalid"])
            .env_clear()
            .envs([("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b")])
            .env("AWS_REGION", "us-east-1")
            .envs(settings);
        let output = import.output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{error}");
        let (proxy, _) = settings[1];
        assert!(
            error.starts_with("error: ") && error.contains(proxy),
            "{error}"
        );
        assert!(
            error.contains("127.0.0.1:9") && !error.contains("secret"),
            "{error}"
        );
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
            vec!["--in-memory", "--endpoint-url", "http://192.0.2.1:1"],
            "--endpoint-url http://192.0.2.1:1 is not loopback",
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

/// Sends a request of the DynamoDB API, and gives the status.
async fn ask(url: &str, operation: &str, request: &Value) -> u16 {
    let signature = "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=x";
    let request = http()
        .post(url)
        .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
        .header("x-amz-date", "20260101T000000Z")
        .header("authorization", signature)
        .header("content-type", "application/x-amz-json-1.0")
        .body(request.to_string());
    request.send().await.unwrap().status().as_u16()
}

/// A client that goes straight to loopback, whatever proxy the environment names.
fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}
