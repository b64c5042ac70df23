//! The documents: their links lead somewhere, and the response in the README is the one that the stack gives.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use golden_cases::compact;
use local_stack::Options;

use crate::system::System;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The text of a document without its blocks of code.
fn prose(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.split("```").step_by(2).collect()
}

/// The anchors of a document's headings, as GitHub makes them.
fn anchors(path: &Path) -> BTreeSet<String> {
    let prose = prose(path);
    let headings = prose.lines().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| {
        let text = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
        text.chars()
            .filter(kept)
            .collect::<String>()
            .replace(' ', "-")
    };
    headings.map(anchor).collect()
}

#[test]
fn links_lead_somewhere() {
    let top = fs::read_dir(root()).unwrap();
    let pages = fs::read_dir(root().join("docs")).unwrap();
    let documents = top.chain(pages).map(|entry| entry.unwrap().path());
    let documents: Vec<_> = documents
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    let mut checked = 0;
    for document in &documents {
        let prose = prose(document);
        for link in prose.split("](").skip(1) {
            let link = link.split(')').next().unwrap();
            if link.starts_with("https://") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => document.clone(),
                _ => document.parent().unwrap().join(file),
            };
            assert!(target.exists(), "{}: {link}", document.display());
            let found = anchor.is_empty() || anchors(&target).contains(anchor);
            assert!(found, "{}: {link}", document.display());
            checked += 1;
        }
    }
    assert!(checked > 20, "{checked} links in {documents:?}");
}

#[tokio::test]
async fn the_response_in_the_readme_is_real() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, shown) = readme.split_once("```json\n").unwrap();
    let (shown, rest) = shown.split_once("```").unwrap();
    let (_, command) = rest.split_once("curl 'http://127.0.0.1:3000").unwrap();
    let (path, _) = command.split_once('\'').unwrap();
    let system = System::open_with(Options {
        sample: true,
        ..Options::default()
    })
    .await;
    let answered = system.ask(path).await;
    system.close().await;
    // The order of the keys and the form of the numbers are shown as well.
    assert_eq!(answered, (200, compact(shown)));
}
