//! Lines of labels and values, at most 80 columns wide.

use std::fmt::Write;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns of a page.
const WIDTH: usize = 80;
/// Columns of the labels.
const LABELS: usize = 24;

const BOLD: &str = "\u{1b}[1m";
const YELLOW: &str = "\u{1b}[1;33m";
const PLAIN: &str = "\u{1b}[0m";

/// Lines of labels and values.
#[derive(Debug)]
pub(super) struct Page {
    text: String,
    colour: bool,
}

impl Page {
    /// An empty page, with colours or without.
    pub(super) fn new(colour: bool) -> Self {
        let text = String::new();
        Self { text, colour }
    }

    /// A value and its label.
    pub(super) fn row(&mut self, label: &str, value: &str) {
        self.styled(BOLD, label, value);
    }

    /// The same of something that is not as it should be.
    pub(super) fn warn(&mut self, label: &str, value: &str) {
        self.styled(YELLOW, label, value);
    }

    /// More of the value above, on a line of its own.
    pub(super) fn more(&mut self, value: &str) {
        self.styled("", "", value);
    }

    /// An empty line.
    pub(super) fn gap(&mut self) {
        self.text.push('\n');
    }

    /// What stands on the page.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    fn styled(&mut self, style: &str, label: &str, value: &str) {
        let mut label = label;
        for line in wrapped(value, WIDTH - LABELS) {
            let gap = LABELS.saturating_sub(label.width());
            let (on, off) = match self.colour && !label.is_empty() {
                true => (style, PLAIN),
                false => ("", ""),
            };
            // Writing to a text does not fail.
            writeln!(self.text, "{on}{label}{off}{:gap$}{line}", "").ok();
            label = "";
        }
    }
}

/// Breaks a text at its blanks into lines of so many columns at most; a word that is longer, wherever it has to be.
fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let is_first = line.is_empty();
        if !is_first && line.width() + 1 + word.width() > columns {
            lines.push(std::mem::take(&mut line));
        } else if !is_first {
            line.push(' ');
        }
        for character in word.chars() {
            if line.width() + character.width().unwrap_or(0) > columns {
                lines.push(std::mem::take(&mut line));
            }
            line.push(character);
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_blanks_and_within_words_that_are_too_long() {
        assert_eq!(wrapped("", 5), [""]);
        assert_eq!(wrapped("ab cd", 5), ["ab cd"]);
        assert_eq!(wrapped("ab cde", 5), ["ab", "cde"]);
        assert_eq!(wrapped("ab cdefghijk l", 5), ["ab", "cdefg", "hijk", "l"]);
        // A character may be two columns wide.
        assert_eq!(wrapped("東京都庁", 5), ["東京", "都庁"]);
    }

    #[test]
    fn labels_alone_are_coloured() {
        let mut page = Page::new(true);
        page.row("Brands", "Acme");
        page.more("Bolt");
        page.warn("Incomplete", "x");
        let expected = [
            "\u{1b}[1mBrands\u{1b}[0m                  Acme\n",
            "                        Bolt\n",
            "\u{1b}[1;33mIncomplete\u{1b}[0m              x\n",
        ];
        assert_eq!(page.text(), expected.concat());
    }
}
