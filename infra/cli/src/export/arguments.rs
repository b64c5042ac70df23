//! The flags of `aggregations export`.

use std::path::PathBuf;

use calculation::Aggregations;
use chrono::NaiveDate;
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use table::{Segment, printable};

use super::fields::Condition;
use crate::date::date;
use crate::target::Place;

/// Segments that are scanned side by side: of the table, or of a job's part of it.
const SEGMENTS: u32 = 8;

/// Write the documents of all profiles
///
/// Prints the document of each profile as of a date, a line each, in no particular order: NDJSON, each line exactly what a GET
/// answers (without an envelope), or CSV. The standard output holds nothing else. Profiles that are not calculated yet have no document, as a GET is a
/// 404; they are counted. A profile whose document cannot be read, or is not what the table holds, is named on the standard
/// error.
///
/// It scans the whole table, purchases included: DynamoDB bills half a read unit for each 4 KB of it. To share a large table, run
/// it with --segment 0 --of N, --segment 1 --of N and so on: together they write each profile once.
///
/// Exit code: 0 if all is written, 1 if it failed, 2 for wrong usage, 3 if some could not be read or are incomplete.
#[derive(Clone, Debug, Args)]
pub struct Arguments {
    /// The date at whose end the documents are asked for [default: today, in UTC]
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(super) as_of: Option<NaiveDate>,
    /// Only documents with this value of a field, such as dimension_recency=RA; may be repeated, all must hold
    #[arg(long = "where", value_name = "FIELD=VALUE", value_parser = Condition::parse)]
    pub(super) conditions: Vec<Condition>,
    /// Only these fields, in the order of the response
    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = PossibleValuesParser::new(Aggregations::FIELDS), hide_possible_values = true)]
    pub(super) fields: Vec<String>,
    /// What a line is
    #[arg(long, value_enum, default_value_t = Format::Ndjson)]
    pub(super) format: Format,
    /// File to write instead of the standard output; it appears, or is replaced, when all is written
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Parts in which the table is scanned side by side [default: 8]
    #[arg(long, value_name = "N", conflicts_with_all = ["segment", "of"], value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(super) segments: Option<u32>,
    /// Only this part of the table, counted from 0
    #[arg(long, value_name = "I", requires = "of")]
    pub(super) segment: Option<u32>,
    /// How many parts there are for --segment
    #[arg(long, value_name = "N", requires = "segment", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(super) of: Option<u32>,
    /// Print nothing but the documents, and errors
    #[arg(long)]
    pub(super) quiet: bool,
    #[command(flatten)]
    pub(super) place: Place,
}

/// What a line of an export is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(super) enum Format {
    /// JSON objects, as a GET answers them
    Ndjson,
    /// Comma-separated values after a header; locations by their ids, brands joined by |, null empty
    Csv,
}

impl Arguments {
    /// Checks what the flags alone do not.
    ///
    /// # Errors
    ///
    /// The arguments contradict each other; the text says how.
    pub fn check(&self) -> Result<(), String> {
        match (self.segment, self.of) {
            (Some(segment), Some(of)) if segment >= of => Err(format!(
                "invalid --segment `{segment}`: of {of} parts the last one is {}",
                of.saturating_sub(1)
            )),
            _ => Ok(()),
        }
    }

    /// The segments to scan. A job's part is several, so that it has all cores work too.
    pub(super) fn segments(&self) -> impl Iterator<Item = Segment> + use<> {
        let (first, count, of) = match (self.segment, self.of) {
            (Some(segment), Some(of)) => (
                segment.saturating_mul(SEGMENTS),
                SEGMENTS,
                of.saturating_mul(SEGMENTS),
            ),
            _ => {
                let segments = self.segments.unwrap_or(SEGMENTS);
                (0, segments, segments)
            }
        };
        let indices = first..first.saturating_add(count);
        indices.filter_map(move |index| Segment::new(index, of))
    }
}

/// The field of the response that a flag names.
pub(super) fn field(name: &str) -> Result<&'static str, String> {
    let known = Aggregations::FIELDS
        .into_iter()
        .find(|field| *field == name);
    known.ok_or_else(|| {
        let fields = Aggregations::FIELDS.join(", ");
        format!(
            "unknown field `{}`: expected one of {fields}",
            printable(name)
        )
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn arguments(line: &str) -> Arguments {
        let words = line.split(' ').filter(|word| !word.is_empty());
        let words = ["export"].into_iter().chain(words);
        Line::try_parse_from(words).unwrap().arguments
    }

    #[test]
    fn the_parts_of_all_jobs_are_the_segments_of_one_scan_each_once() {
        let jobs = (0..3).map(|job| arguments(&format!("--segment {job} --of 3")));
        let segments: Vec<String> = jobs
            .flat_map(|job| job.segments())
            .map(|segment| format!("{segment:?}"))
            .collect();
        let whole = Segment::all(24).map(|segment| format!("{segment:?}"));
        assert_eq!(segments, whole.collect::<Vec<_>>());
        let last = arguments("--segment 99999 --of 100000");
        assert_eq!(last.segments().count(), 8);
        for (line, count) in [("", 8), ("--segments 1", 1), ("--segments 64", 64)] {
            let segments = arguments(line).segments();
            let segments: BTreeSet<_> = segments.map(|segment| format!("{segment:?}")).collect();
            assert_eq!(segments.len(), count);
        }
    }

    #[test]
    fn a_part_beyond_the_last_is_refused() {
        assert_eq!(arguments("--segment 2 --of 3").check(), Ok(()));
        let reason = "invalid --segment `3`: of 3 parts the last one is 2";
        assert_eq!(
            arguments("--segment 3 --of 3").check(),
            Err(reason.to_owned())
        );
    }
}
