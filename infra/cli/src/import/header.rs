//! The header of a CSV file.

use std::collections::HashSet;
use std::io;

use super::columns::Columns;
use super::error::FileProblem;
use super::kind::Kind;
use super::lines::{Line, Lines};
use super::rows::Found;
use super::splitter::{QUOTES, Splitter};

/// What may stand between cells.
const SEPARATORS: [u8; 3] = [b'\t', b';', b','];
/// What the header of a rejects file begins with.
pub(crate) const REJECTS_COLUMNS: [&str; 2] = ["rejected_line", "reason"];

/// The header of a CSV file.
#[derive(Debug)]
pub(crate) struct Header {
    /// The names in the file, without the columns of a rejects file.
    pub names: Vec<String>,
    /// How many columns of a rejects file stand before them.
    pub skipped: usize,
    /// The number of its line.
    pub line: u64,
    /// Splits the records below it.
    pub splitter: Splitter,
}

impl Header {
    /// Reads the header, which says what stands between cells: of the separators the one that shows the most names we know.
    pub fn read(first: Line, lines: &mut Lines, columns: &Columns) -> Result<Self, FileProblem> {
        let named = match first.bytes.to_ascii_lowercase().as_slice() {
            [b's', b'e', b'p', b'=', separator] => Some(*separator),
            [b'"', b's', b'e', b'p', b'=', separator, b'"'] => Some(*separator),
            _ => None,
        };
        let next = if named.is_some() {
            lines.next_filled()?
        } else {
            None
        };
        let header = next.unwrap_or(first);
        let candidates = named.map_or_else(|| SEPARATORS.to_vec(), |separator| vec![separator]);
        let headers = candidates
            .into_iter()
            .filter_map(|separator| Self::split(&header, separator));
        let known = |header: &Self| {
            let known = header
                .names
                .iter()
                .filter(|name| columns.knows(name))
                .count();
            (known, header.names.len())
        };
        let Some(best) = headers.max_by_key(known) else {
            return FileProblem::unfit(format!("the first line is not a header: {QUOTES}"));
        };
        let mut seen = HashSet::new();
        let mut used = best
            .names
            .iter()
            .filter_map(|name| columns.name(name))
            .filter(|name| !name.is_empty());
        match used.find(|name| !seen.insert(*name)) {
            Some(name) => FileProblem::unfit(format!("the column `{name}` appears twice")),
            None => Ok(best),
        }
    }

    fn split(header: &Line, separator: u8) -> Option<Self> {
        let mut splitter = Splitter::new(separator);
        let names = splitter.split(&header.bytes)?;
        let names = names
            .iter()
            .map(|name| Some(std::str::from_utf8(name).ok()?.trim().to_owned()));
        let mut names = names.collect::<Option<Vec<String>>>()?;
        // A spreadsheet pads every row to its longest.
        while names.last().is_some_and(String::is_empty) {
            names.pop();
        }
        let is_rejects = names
            .get(..REJECTS_COLUMNS.len())
            .is_some_and(|names| names == REJECTS_COLUMNS);
        let skipped = if is_rejects { REJECTS_COLUMNS.len() } else { 0 };
        let (names, line) = (names.split_off(skipped), header.number);
        Some(Self {
            names,
            skipped,
            line,
            splitter,
        })
    }

    /// The kind of the rows, whose required columns are there.
    pub fn kind(&self, columns: &Columns) -> Result<Kind, FileProblem> {
        let kind = columns.kind_told(&self.names)?;
        columns.check(kind, &self.names)?;
        let has = |name: &&str| {
            self.names
                .iter()
                .any(|found| columns.name(found) == Some(name))
        };
        match kind.required(columns.delete).find(|name| !has(name)) {
            Some(name) => FileProblem::unfit(format!(
                "the column `{name}` is missing: {kind} need it; another name becomes this one with --rename OTHER={name}"
            )),
            None => Ok(kind),
        }
    }

    /// A rejected row under the file's own header, so that it can be corrected and imported as it is.
    pub fn rejected(&mut self, found: &Found, reason: &str, is_first: bool) -> io::Result<Vec<u8>> {
        let separator = self.splitter.separator();
        let mut writer = csv::WriterBuilder::new()
            .flexible(true)
            .delimiter(separator)
            .from_writer(Vec::new());
        if is_first {
            writer.write_record(
                REJECTS_COLUMNS
                    .into_iter()
                    .chain(self.names.iter().map(String::as_str)),
            )?;
        }
        let cells = match self.splitter.split(&found.raw) {
            Some(cells) => cells.get(self.skipped..).unwrap_or_default().to_vec(),
            None => vec![found.raw.as_slice()],
        };
        let line = found.line.to_string();
        writer.write_record(
            [line.as_bytes(), reason.as_bytes()]
                .into_iter()
                .chain(cells),
        )?;
        writer.into_inner().map_err(|error| error.into_error())
    }
}
