//! A file's text: what is packed is unpacked, what is UTF-16 becomes UTF-8, and what cannot be read twice is kept aside.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

use encoding_rs_io::DecodeReaderBytesBuilder;
use flate2::read::MultiGzDecoder;
use indicatif::ProgressBar;

use super::error::FileProblem;

/// What a gzipped file begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// What files begin with that are no text, and what they are.
const NO_TEXT: [(&[u8], &str); 10] = [
    (
        b"PK\x03\x04",
        "an Excel workbook or a zip archive: save the sheet as CSV in UTF-8, or unpack the archive",
    ),
    (
        b"\xD0\xCF\x11\xE0",
        "an old Excel workbook: save the sheet as CSV in UTF-8",
    ),
    (
        b"PAR1",
        "Parquet: convert it to CSV, with DuckDB for example",
    ),
    (b"Obj\x01", "Avro: convert it to CSV"),
    (
        b"\x28\xB5\x2F\xFD",
        "packed with zstd: unpack it, or pack it with gzip",
    ),
    (b"BZh", "packed with bzip2: unpack it, or pack it with gzip"),
    (
        b"\xFD7zXZ",
        "packed with xz: unpack it, or pack it with gzip",
    ),
    (
        b"\xE0\x01\x00\xEA",
        "Amazon Ion: export the table as DynamoDB JSON",
    ),
    (b"$ion_1_0", "Amazon Ion: export the table as DynamoDB JSON"),
    (
        b"SQLite format 3",
        "an SQLite database: export the table as CSV",
    ),
];

/// A file that can be read several times.
#[derive(Debug)]
pub(crate) struct TextFile {
    file: File,
    /// How many bytes it has.
    pub length: u64,
}

impl TextFile {
    /// Opens a file; `-` is the standard input.
    pub fn open(path: &Path) -> Result<Self, FileProblem> {
        if path.as_os_str() == "-" {
            return Self::kept(|kept| Ok(io::copy(&mut io::stdin().lock(), kept).map(drop)?));
        }
        let mut file = File::open(path).map_err(FileProblem::Open)?;
        let about = file.metadata().map_err(FileProblem::Open)?;
        if about.is_file() {
            let length = about.len();
            return Ok(Self { file, length });
        }
        Self::kept(|kept| Ok(io::copy(&mut file, kept).map(drop)?))
    }

    /// What `write` writes to a temporary file.
    pub fn kept(
        write: impl FnOnce(&mut File) -> Result<(), FileProblem>,
    ) -> Result<Self, FileProblem> {
        let mut file = tempfile::tempfile()?;
        write(&mut file)?;
        let length = file.metadata()?.len();
        Ok(Self { file, length })
    }

    /// Its text, from the beginning; `progress` follows the bytes that are read.
    pub fn read(&self, progress: &ProgressBar) -> io::Result<Box<dyn Read + Send>> {
        let mut file = self.file.try_clone()?;
        file.rewind()?;
        let mut first = [0; 2];
        let is_packed = file.read(&mut first)? == first.len() && first == GZIP;
        file.rewind()?;
        let bytes = BufReader::new(progress.wrap_read(file));
        let unpacked: Box<dyn Read + Send> = if is_packed {
            Box::new(MultiGzDecoder::new(bytes))
        } else {
            Box::new(bytes)
        };
        // Without a mark the bytes are left as they are.
        let mut decoder = DecodeReaderBytesBuilder::new();
        let decoder = decoder
            .bom_sniffing(true)
            .strip_bom(true)
            .utf8_passthru(true);
        Ok(Box::new(decoder.build(unpacked)))
    }
}

/// Says what a file is that is no text.
pub(crate) fn check(beginning: &[u8]) -> Result<(), FileProblem> {
    let known = NO_TEXT
        .iter()
        .find(|(magic, _)| beginning.starts_with(magic));
    match known {
        Some((_, what)) => FileProblem::unfit(format!("the file is {what}")),
        None if beginning.contains(&0) => {
            FileProblem::unfit("the file is no text, or UTF-16 without its mark: save it in UTF-8")
        }
        None => Ok(()),
    }
}
