//! The beginning of a file, which identifies the format and the kind of its rows.

use std::io::BufRead;
use std::path::Path;

use super::error::FileProblem;
use super::fields::Fields;
use super::kind::{Kind, Untold};
use super::lines::{Line, NumberedLines};
use super::quoting::{Split, Splitter};
use super::row_error::RowError;

/// Rows of NDJSON that are tried for one that tells the kind.
const TRIED: usize = 100;
/// The columns that a file of rejects has before its own.
const REJECTS_COLUMNS: [&str; 2] = ["line", "reason"];

/// How rows are written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Format {
    /// Comma-separated values under a header.
    Csv {
        /// The names in the header.
        columns: Vec<String>,
        /// How many of them stand before the row's own: two in a file of rejects that is imported again.
        ignored: usize,
    },
    /// One JSON object a line.
    Ndjson,
}

/// Reads the beginning of a file: the header, or a first row, which is then read again.
pub(crate) fn begin<R: BufRead>(
    path: &Path,
    kind: Option<Kind>,
    lines: &mut NumberedLines<R>,
) -> Result<(Format, Kind), FileProblem> {
    let first = lines.next_filled().map_err(FileProblem::Read)?;
    let first = first.ok_or(FileProblem::Empty)?;
    match format_named(path).or_else(|| format_seen(&first)) {
        Some(Named::Csv) => header(&first, kind),
        Some(Named::Ndjson) => {
            lines.hand_back(vec![first]);
            Ok((Format::Ndjson, kind_of_first_row(lines, kind)?))
        }
        None => Err(FileProblem::Array),
    }
}

/// The text of a line or cell.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, RowError> {
    std::str::from_utf8(bytes).map_err(|_| RowError::Encoding)
}

enum Named {
    Csv,
    Ndjson,
}

fn format_named(path: &Path) -> Option<Named> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    match extension.as_str() {
        "csv" => Some(Named::Csv),
        "ndjson" | "jsonl" => Some(Named::Ndjson),
        _ => None,
    }
}

/// The format that a file begins in; `None` for a JSON array, which is neither.
fn format_seen(first: &Line) -> Option<Named> {
    match first.bytes.trim_ascii_start().first() {
        Some(b'{') => Some(Named::Ndjson),
        Some(b'[') => None,
        _ => Some(Named::Csv),
    }
}

/// Reads the header of a CSV file.
fn header(line: &Line, kind: Option<Kind>) -> Result<(Format, Kind), FileProblem> {
    let Split::Record(cells) = Splitter::default().feed(&line.bytes) else {
        return Err(FileProblem::Header(RowError::Quoting.into()));
    };
    let names = cells
        .iter()
        .map(|cell| text(cell).map(|name| name.trim_ascii().to_owned()));
    let columns: Vec<String> = names
        .collect::<Result<_, _>>()
        .map_err(|reason: RowError| FileProblem::Header(reason.into()))?;
    let ignored = match columns.get(..REJECTS_COLUMNS.len()) {
        Some(names) if names == REJECTS_COLUMNS => REJECTS_COLUMNS.len(),
        _ => 0,
    };
    let own = columns.get(ignored..).unwrap_or_default();
    let kind = told(own, kind)?;
    check_known(own, kind)?;
    if let Some(name) = kind
        .required()
        .iter()
        .find(|name| !own.iter().any(|own| own == *name))
    {
        return Err(FileProblem::Missing { column: name, kind });
    }
    let twice = own
        .iter()
        .enumerate()
        .find(|(index, name)| own.iter().take(*index).any(|other| other == *name));
    if let Some((_, name)) = twice {
        return Err(FileProblem::Twice(name.clone()));
    }
    Ok((Format::Csv { columns, ignored }, kind))
}

/// Tells the kind from the first row that can be read, and checks its names as if they were a header.
fn kind_of_first_row<R: BufRead>(
    lines: &mut NumberedLines<R>,
    kind: Option<Kind>,
) -> Result<Kind, FileProblem> {
    let (mut tried, mut names) = (Vec::new(), None);
    while tried.len() < TRIED && names.is_none() {
        let Some(line) = lines.next_filled().map_err(FileProblem::Read)? else {
            break;
        };
        let row = text(&line.bytes).and_then(Fields::of_json);
        names = row
            .ok()
            .map(|fields| fields.names().cloned().collect::<Vec<_>>());
        let is_array = tried.is_empty() && names.is_none() && format_seen(&line).is_none();
        tried.push(line);
        if is_array {
            return Err(FileProblem::Array);
        }
    }
    lines.hand_back(tried);
    let Some(names) = names else {
        return kind.ok_or(FileProblem::Unreadable);
    };
    let kind = told(&names, kind)?;
    check_known(&names, kind)?;
    Ok(kind)
}

fn told(columns: &[String], kind: Option<Kind>) -> Result<Kind, FileProblem> {
    let found = || format!("`{}`", columns.join("`, `"));
    match kind.map_or_else(|| Kind::of(columns), Ok) {
        Ok(kind) => Ok(kind),
        Err(Untold::Unknown) => Err(FileProblem::Unknown { found: found() }),
        Err(Untold::Ambiguous(kinds)) => Err(FileProblem::Ambiguous {
            found: found(),
            kinds: kinds
                .iter()
                .map(Kind::to_string)
                .collect::<Vec<_>>()
                .join(" and "),
        }),
    }
}

/// An unknown name may be a typing error, and the values of its column would be lost.
fn check_known(columns: &[String], kind: Kind) -> Result<(), FileProblem> {
    match columns.iter().find(|name| !kind.knows(name)) {
        Some(column) => Err(FileProblem::NotOfKind {
            column: column.clone(),
            kind,
        }),
        None => Ok(()),
    }
}
