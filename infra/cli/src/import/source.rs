//! A file of rows: what it holds.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use calculation::Object;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};
use serde::de::IgnoredAny;

use super::arguments::Arguments;
use super::change::Row;
use super::error::{FileProblem, ImportError};
use super::header::Header;
use super::kind::{ADDRESS_PREFIX, Kind};
use super::lines::Lines;
use super::rows::Rows;
use super::{document, json, text};

/// Rows of JSON that are looked at to tell what they are.
const TRIED: usize = 100;

/// A file of rows.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    pub path: &'a Path,
    pub kind: Kind,
    /// The header, if it is CSV.
    pub header: Option<Header>,
    pub flags: &'a Arguments,
    file: File,
}

impl<'a> Source<'a> {
    /// Opens a file and reads as much of it as tells what it holds.
    pub fn open(path: &'a Path, flags: &'a Arguments) -> Result<Self, ImportError> {
        Self::begin(path, flags).map_err(|problem| problem.of(path))
    }

    fn begin(path: &'a Path, flags: &'a Arguments) -> Result<Self, FileProblem> {
        let mut file = text::open(path)?;
        let text = |file: &File| text::read(file, &ProgressBar::hidden());
        let mut lines = Lines::new(text(&file)?)?;
        let Some(first) = lines.next_filled()? else {
            return FileProblem::unfit("the file is empty");
        };
        text::check(&first.bytes)?;
        let (kind, header) = match first.bytes.trim_ascii_start() {
            [b'{' | b'[', ..] => {
                if !document::is_on_lines(&first, &mut lines)? {
                    let mut rows = tempfile::tempfile()?;
                    document::rewrite(BufReader::new(text(&file)?), &mut rows)?;
                    file = rows;
                }
                (kind_of_rows(&mut Lines::new(text(&file)?)?, flags)?, None)
            }
            _ => {
                let header = Header::read(first, &mut lines, flags)?;
                (header.kind(flags)?, Some(header))
            }
        };
        Ok(Self {
            path,
            kind,
            header,
            flags,
            file,
        })
    }

    /// The rows from the beginning; a bar says what is done with them, and clears itself.
    pub fn rows(&self, doing: &str) -> Result<Rows<'_>, ImportError> {
        let unreadable = |error| FileProblem::Read(error).of(self.path);
        let length = self.file.metadata().map_err(unreadable)?.len();
        let bar = ProgressBar::new(length).with_finish(ProgressFinish::AndClear);
        if self.flags.quiet {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes} {eta}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(format!("{doing} {}", self.path.display()));
        let text = text::read(&self.file, &bar).and_then(Lines::new);
        text.and_then(|lines| Rows::new(self, lines))
            .map_err(unreadable)
    }
}

/// Tells the kind by the names in the first rows that can be read, and checks those of the first as if they were a header.
fn kind_of_rows(lines: &mut Lines, flags: &Arguments) -> Result<Kind, FileProblem> {
    let (mut first, mut names) = (None, BTreeSet::new());
    for _ in 0..TRIED {
        let Some(line) = lines.next_filled()? else {
            break;
        };
        let Ok(row) = json::row(&String::from_utf8_lossy(&line.bytes)) else {
            continue;
        };
        let renamed = flags.named(Kind::Items, row.clone()).unwrap_or_default();
        if Row::of_item(&row).is_ok() || Row::of_item(&renamed).is_ok() {
            return flags.kind_of_items();
        }
        if row.contains_key("Metadata") && row.contains_key("Keys") {
            return FileProblem::unfit(
                "the file is an incremental export of DynamoDB: make a full one",
            );
        }
        let address = row
            .get("address")
            .map(|parts| serde_json::from_str(parts.get()));
        if let Some(Ok(Object::<IgnoredAny>(parts))) = address {
            names.extend(parts.keys().map(|part| format!("{ADDRESS_PREFIX}{part}")));
        }
        names.extend(row.keys().cloned());
        first.get_or_insert_with(|| row.into_keys().collect::<Vec<_>>());
    }
    if lines.read == 0 {
        return FileProblem::unfit("the file is empty");
    }
    let Some(first) = first.or_else(|| flags.kind.map(|_| Vec::new())) else {
        return FileProblem::unfit(
            "cannot tell what the rows are: none of the first ones can be read; say it with --kind",
        );
    };
    let names: Vec<String> = names.into_iter().collect();
    let kind = flags.kind_told(&names)?;
    flags.check_names(kind, &first)?;
    Ok(kind)
}
