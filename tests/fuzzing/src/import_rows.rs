//! Bytes as a file to import.

use std::cell::OnceCell;
use std::fs;
use std::path::Path;

use aggregations::import::{Arguments, FileSummary, Kind, run};
use serde::de::IgnoredAny;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// What text of UTF-8 and UTF-16 may begin with.
const MARKS: [&[u8]; 3] = [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"];
/// What a packed file begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

thread_local! {
    /// A folder and a runtime for all inputs.
    static PLACE: OnceCell<(TempDir, Runtime)> = const { OnceCell::new() };
}

/// Reads everything after the first line as a file to import. The words of that line are flags: what its rows are, and `delete`. Every row
/// is loaded, rejected or left out; and of what is rejected nothing is taken when it comes again as it is.
pub fn import_rows(input: &[u8]) {
    let end = input.iter().position(|byte| *byte == b'\n');
    let (flags, file) = input.split_at(end.map_or(input.len(), |end| end + 1));
    let flags = String::from_utf8_lossy(flags);
    let has = |word: &str| flags.split_whitespace().any(|flag| flag == word);
    let kinds = [
        ("profiles", Kind::Profiles),
        ("locations", Kind::Locations),
        ("addresses", Kind::Addresses),
        ("transactions", Kind::Transactions),
        ("items", Kind::Items),
    ];
    let kind = kinds.into_iter().find(|(word, _)| has(word));
    let kind = kind.map(|(_, kind)| kind);
    PLACE.with(|place| {
        let (folder, runtime) = place.get_or_init(place_of_all);
        let (path, rejects) = (folder.path().join("file"), folder.path().join("rejects"));
        if let Err(error) = fs::write(&path, file) {
            panic!("{error}");
        }
        let Some(summary) = import(runtime, &path, &rejects, kind, has("delete")) else {
            return;
        };
        check(&summary, file);
        if summary.rejects.is_none() {
            return;
        }
        let again = folder.path().join("again");
        let kind = Some(summary.kind);
        if let Some(summary) = import(runtime, &rejects, &again, kind, has("delete")) {
            assert_eq!((summary.loaded, summary.deleted), (0, 0));
        }
        for file in [rejects, again] {
            fs::remove_file(file).ok();
        }
    });
}

/// Reads a file and writes nothing but rejects; `None` if it is none that can be imported.
fn import(
    runtime: &Runtime,
    file: &Path,
    rejects: &Path,
    kind: Option<Kind>,
    delete: bool,
) -> Option<FileSummary> {
    let arguments = Arguments {
        files: vec![file.to_owned()],
        rejects: Some(rejects.to_owned()),
        kind,
        delete,
        dry_run: true,
        quiet: true,
        ..Arguments::default()
    };
    runtime.block_on(run(arguments)).ok()?.files.pop()
}

fn check(summary: &FileSummary, file: &[u8]) {
    assert_eq!(summary.rejected > 0, summary.rejects.is_some());
    let rows = summary.loaded + summary.rejected + summary.deleted + summary.derived;
    if file.starts_with(&GZIP) || file.contains(&b'\r') {
        return;
    }
    let lines = file.split(|byte| *byte == b'\n');
    let filled: Vec<_> = lines.filter(|line| !line.trim_ascii().is_empty()).collect();
    if filled.iter().all(|line| is_object(line)) {
        assert_eq!(rows, filled.len(), "{summary:?}");
    } else if !file.contains(&b'[') {
        assert!(rows <= filled.len(), "{summary:?}");
    }
    if is_plain_csv(file, &filled) {
        // The header is not a row. Nor is a line of empty cells, which spreadsheets add.
        let says_something = |line: &&&[u8]| line.iter().any(u8::is_ascii_alphanumeric);
        let least = filled.iter().filter(says_something).count();
        assert!(rows + 1 >= least, "{summary:?}");
    }
}

/// Whether each line is the header or a row: no quotes, no brackets, no separator that the file names itself, no byte order mark, and
/// no rejects file.
fn is_plain_csv(file: &[u8], lines: &[&[u8]]) -> bool {
    let first = lines.first().map(|line| line.to_ascii_lowercase());
    let first = first.unwrap_or_default();
    let is_structured = |line: &&[u8]| line.iter().any(|byte| b"[{\"".contains(byte));
    !MARKS.iter().any(|mark| file.starts_with(mark))
        && !first.starts_with(b"sep=")
        && !first.starts_with(b"rejected_line")
        && !lines.iter().any(is_structured)
}

/// Whether a line is a JSON object, and no page of a scan.
fn is_object(line: &[u8]) -> bool {
    let is_page = line.windows(7).any(|word| word == b"\"Items\"");
    line.starts_with(b"{") && !is_page && serde_json::from_slice::<IgnoredAny>(line).is_ok()
}

fn place_of_all() -> (TempDir, Runtime) {
    let runtime = Builder::new_current_thread().enable_time().build();
    match (TempDir::new(), runtime) {
        (Ok(folder), Ok(runtime)) => (folder, runtime),
        _ => panic!("there is no room for temporary files"),
    }
}
