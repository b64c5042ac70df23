//! The command: exit codes, what it prints, and where.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use super::support::{TestTable, denying};

fn run(words: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_aggregations"))
        .args(words)
        .env_remove("AWS_ENDPOINT_URL_DYNAMODB")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

fn texts(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

const GOOD: &str = "profile_id,joined_at\na,2026-01-01\n";
const BAD: &str = "profile_id,joined_at\na,2026-01-01\nb,x\n";

#[tokio::test(flavor = "multi_thread")]
async fn the_standard_input_is_a_file_like_others() {
    let table = TestTable::start().await;
    let url = table.engine.url();
    let words = ["import", "-", "--endpoint-url", &url];
    let (code, out, err) = texts(&run(&words, BAD));
    assert_eq!(code, Some(3));
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(
        lines[0],
        format!("Importing into table profile-aggregations at {url}")
    );
    assert!(
        lines[1].starts_with("-: profiles, 1 rows loaded, 1 rejected, "),
        "{out}"
    );
    assert!(lines[2].contains("`--wait` waits for them"), "{out}");
    assert!(
        err.starts_with("rejected rows:\nrejected_line,reason,profile_id,joined_at\n3,"),
        "{err}"
    );
    assert_eq!(table.sort_keys().await, ["PROFILE"]);

    let (code, out, _) = texts(&run(&[&words[..], &["--quiet"]].concat(), GOOD));
    assert_eq!((code, out.as_str()), (Some(0), ""));
    let (code, out, err) = texts(&run(&[&words[..], &["--quiet"]].concat(), BAD));
    assert_eq!((code, out.as_str()), (Some(3), ""));
    assert!(err.ends_with(",b,x\n"), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn json_is_one_object() {
    let table = TestTable::start().await;
    let path = table.file("a.csv", BAD);
    let path = path.to_str().unwrap();
    let (code, out, _) = texts(&run(
        &[
            "import",
            path,
            "--json",
            "--endpoint-url",
            &table.engine.url(),
        ],
        "",
    ));
    assert_eq!((code, out.lines().count()), (Some(3), 1));
    let summary: Value = serde_json::from_str(&out).unwrap();
    let file = &summary["files"][0];
    let counted =
        ["loaded", "rejected", "replaced", "deleted", "derived"].map(|name| file[name].as_u64());
    assert_eq!(counted, [Some(1), Some(1), Some(0), Some(0), Some(0)]);
    assert_eq!(
        (file["file"].as_str(), file["kind"].as_str()),
        (Some(path), Some("profiles"))
    );
    assert_eq!(
        file["rejects"].as_str().unwrap(),
        format!("{path}.rejects.csv")
    );
    assert!(file["seconds"].is_f64() && summary["dry_run"] == false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_that_fails_ends_with_the_summary_all_the_same() {
    let table = TestTable::start().await;
    let (path, url) = (
        table.file("a.csv", GOOD),
        denying(&table, &["GetItem", "Query"]).await,
    );
    let words = [
        "import",
        path.to_str().unwrap(),
        "--wait",
        "--endpoint-url",
        &url,
    ];
    let (code, out, err) = texts(&run(&[&words[..], &["--json"]].concat(), ""));
    assert_eq!(code, Some(1));
    let summary: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(summary["files"][0]["loaded"], 1);
    assert_eq!(summary["waited"], Value::Null);
    let why = "error: cannot tell whether the profiles are calculated: ";
    assert!(err.starts_with(why) && err.contains("not you"), "{err}");

    let (code, out, err) = texts(&run(&words, ""));
    assert_eq!((code, out.lines().count()), (Some(1), 2), "{out}");
    assert!(out.contains(": profiles, 1 rows loaded, "), "{out}");
    assert!(err.starts_with(why), "{err}");
}

#[test]
fn a_dry_run_needs_no_table() {
    let (code, out, _) = texts(&run(&["import", "-", "--dry-run"], GOOD));
    assert_eq!(code, Some(0));
    assert!(
        out.starts_with("Dry run: nothing is written to a table\n-: profiles, 1 rows loaded"),
        "{out}"
    );
    assert_eq!(texts(&run(&["import", "-", "--dry-run"], BAD)).0, Some(3));
    let (code, _, err) = texts(&run(&["import", "-", "--dry-run"], "a,b\n"));
    assert_eq!(code, Some(1));
    assert!(
        err.starts_with("error: cannot import `-`: cannot tell what the rows are"),
        "{err}"
    );
}

#[test]
fn wrong_usage_ends_with_2_and_a_hint() {
    for words in [
        &["import"][..],
        &["import", "a.csv", "--kind", "people"],
        &["import", "a.csv", "--rename", "x"],
        &["import", "a.csv", "--wait-timeout", "soon", "--wait"],
        &["import", "a.csv", "--wait-timeout", "5"],
        &["import", "a.csv", "--dry-run", "--wait"],
        &["import", "a.csv", "b.csv", "--rejects", "r.csv"],
        &["completions", "cobol"],
    ] {
        assert_eq!(run(words, "").status.code(), Some(2), "{words:?}");
    }
    let (code, _, err) = texts(&run(&["imprt", "a.csv"], ""));
    assert!(
        code == Some(2)
            && err.contains("tip: some similar subcommands exist: ")
            && err.contains("'import'"),
        "{err}"
    );
    let (code, _, err) = texts(&run(&["import", "a.csv", "--dryrun"], ""));
    assert!(
        code == Some(2) && err.contains("tip: a similar argument exists: '--dry-run'"),
        "{err}"
    );
}

#[test]
fn completions_know_the_commands() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let (code, out, _) = texts(&run(&["completions", shell], ""));
        assert_eq!(code, Some(0));
        assert!(
            out.contains("import") && out.contains("ignore-columns"),
            "{shell}"
        );
    }
}

#[test]
fn the_documentation_describes_every_flag() {
    let (_, help, _) = texts(&run(&["import", "--help"], ""));
    let documentation = include_str!("../../../../docs/import.md");
    let mut flags: Vec<&str> = help
        .split_whitespace()
        .filter(|word| word.starts_with("--"))
        .collect();
    flags.retain(|flag| !["--help", "--endpoint-url", "--table"].contains(flag));
    assert!(flags.len() >= 10, "{flags:?}");
    for flag in flags {
        assert!(documentation.contains(&format!("| `{flag}")), "{flag}");
    }
}
