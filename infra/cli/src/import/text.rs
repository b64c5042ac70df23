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

/// Opens a file that can be read several times; `-` is the standard input.
pub(crate) fn open(path: &Path) -> Result<File, FileProblem> {
    if path.as_os_str() == "-" {
        return kept(io::stdin().lock());
    }
    let file = File::open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => kept(file),
    }
}

fn kept(mut input: impl Read) -> Result<File, FileProblem> {
    let mut file = tempfile::tempfile()?;
    io::copy(&mut input, &mut file)?;
    Ok(file)
}

/// The text of a file, from the beginning; `progress` follows the bytes that are read.
pub(crate) fn read(file: &File, progress: &ProgressBar) -> io::Result<Box<dyn Read + Send>> {
    let mut file = file.try_clone()?;
    file.rewind()?;
    let mut first = Vec::new();
    file.by_ref().take(2).read_to_end(&mut first)?;
    file.rewind()?;
    let bytes = BufReader::new(progress.wrap_read(file));
    let unpacked: Box<dyn Read + Send> = match first == GZIP {
        true => Box::new(MultiGzDecoder::new(bytes)),
        false => Box::new(bytes),
    };
    // Without a mark the bytes are left as they are.
    let mut decoder = DecodeReaderBytesBuilder::new();
    let decoder = decoder.strip_bom(true).utf8_passthru(true);
    Ok(Box::new(decoder.build(unpacked)))
}

/// Says what a file is that is not text, by its beginning.
pub(crate) fn check(beginning: &[u8]) -> Result<(), FileProblem> {
    let what = match beginning {
        [b'P', b'K', 3, 4, ..] => {
            "an Excel workbook or a zip archive: save the sheet as CSV in UTF-8, or unpack the archive"
        }
        [0xD0, 0xCF, 0x11, 0xE0, ..] => "an old Excel workbook: save the sheet as CSV in UTF-8",
        [b'P', b'A', b'R', b'1', ..] => "Parquet: convert it to CSV, with DuckDB for example",
        [b'O', b'b', b'j', 1, ..] => "Avro: convert it to CSV",
        [0x28, 0xB5, 0x2F, 0xFD, ..] => "packed with zstd: unpack it, or pack it with gzip",
        [b'B', b'Z', b'h', ..] => "packed with bzip2: unpack it, or pack it with gzip",
        [0xFD, b'7', b'z', b'X', b'Z', ..] => "packed with xz: unpack it, or pack it with gzip",
        [0xE0, 1, 0, 0xEA, ..] | [b'$', b'i', b'o', b'n', b'_', ..] => {
            "Amazon Ion: export the table as DynamoDB JSON"
        }
        _ if beginning.starts_with(b"SQLite format 3") => {
            "an SQLite database: export the table as CSV"
        }
        _ if beginning.contains(&0) => "not text, or UTF-16 without its mark: save it in UTF-8",
        _ => return Ok(()),
    };
    FileProblem::unfit(format!("the file is {what}"))
}
