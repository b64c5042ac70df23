//! A file of rows: what it holds.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

use super::arguments::Arguments;
use super::error::{FileProblem, ImportError};
use super::header::Header;
use super::json_lines::{is_on_lines, kind_of_rows};
use super::kind::Kind;
use super::lines::Lines;
use super::rows::Rows;
use super::{document, text};

/// A file of rows.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    /// Where the file is.
    pub path: &'a Path,
    /// What its rows are.
    pub kind: Kind,
    /// The header, if it is CSV.
    pub header: Option<Header>,
    /// What the flags say.
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
                if !is_on_lines(&first, &mut lines)? {
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
