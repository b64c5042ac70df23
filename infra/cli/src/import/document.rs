//! JSON that is not one object a line: arrays, objects over several lines, and what `aws dynamodb scan` prints. It is
//! rewritten as one object a line.

use std::fmt;
use std::io::{self, BufWriter, Read, Write};

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::error::FileProblem;
use super::lines::{Line, Lines};

/// A page of what `aws dynamodb scan` prints.
#[derive(Deserialize)]
struct Page {
    #[serde(rename = "Items")]
    _items: Vec<IgnoredAny>,
}

/// Whether there is one object on each line. The first one may be broken: the second line tells it from an object over several
/// lines.
pub(crate) fn is_on_lines(first: &Line, lines: &mut Lines) -> io::Result<bool> {
    let is_object = |line: &Line| line.bytes.trim_ascii_start().starts_with(b"{");
    let is_page = serde_json::from_slice::<Page>(&first.bytes).is_ok();
    let whole = serde_json::from_slice::<IgnoredAny>(&first.bytes);
    let is_followed = lines.next_filled()?.as_ref().is_some_and(is_object);
    let is_row = is_followed || !whole.is_err_and(|error| error.is_eof());
    Ok(is_object(first) && is_row && !is_page)
}

/// Rewrites `input`.
pub(crate) fn rewrite(input: impl Read, output: impl Write) -> Result<(), FileProblem> {
    let mut rewriter = Rewriter {
        output: BufWriter::new(output),
        goes_on: false,
    };
    let mut source = serde_json::Deserializer::from_reader(input);
    loop {
        (&mut rewriter).deserialize(&mut source)?;
        // Pages of a scan may stand one after another.
        if source.end().is_ok() {
            break;
        }
    }
    if rewriter.goes_on {
        return FileProblem::unfit(
            "the scan stopped before the end of the table, as its `LastEvaluatedKey` or `NextToken` says: leave out --max-items and --no-paginate",
        );
    }
    Ok(rewriter.output.flush()?)
}

/// Where the objects go.
struct Rewriter<W: Write> {
    output: BufWriter<W>,
    /// Whether the last page of a scan says that more of the table follows.
    goes_on: bool,
}

impl<W: Write> Rewriter<W> {
    fn write(&mut self, object: &str) -> io::Result<()> {
        // A line break within a JSON text is never part of a value.
        writeln!(self.output, "{}", object.replace(['\n', '\r'], " "))
    }
}

impl<'de, W: Write> DeserializeSeed<'de> for &mut Rewriter<W> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de, W: Write> Visitor<'de> for &mut Rewriter<W> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object, or an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while let Some(object) = elements.next_element::<Box<RawValue>>()? {
            self.write(object.get()).map_err(A::Error::custom)?;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let (mut object, mut is_page, mut goes_on) = (Vec::new(), false, false);
        while let Some(name) = entries.next_key::<String>()? {
            if name == "Items" {
                is_page = true;
                entries.next_value_seed(&mut *self)?;
                continue;
            }
            let value = entries.next_value::<Box<RawValue>>()?;
            goes_on |= ["LastEvaluatedKey", "NextToken"].contains(&&*name) && value.get() != "null";
            object.push(format!("{}:{value}", serde_json::Value::from(name)));
        }
        self.goes_on = is_page && goes_on;
        if is_page {
            return Ok(());
        }
        let object = format!("{{{}}}", object.join(","));
        self.write(&object).map_err(A::Error::custom)
    }
}

#[cfg(test)]
mod tests;
