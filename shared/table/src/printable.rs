//! A caller's text, as an error repeats it.

/// Writes a text as it is, but every character that cannot be seen by its code point: control characters, line breaks,
/// characters that change the direction of writing.
///
/// # Examples
///
/// ```
/// use table::printable;
///
/// assert_eq!(printable("café \"1\""), "café \"1\"");
/// assert_eq!(printable("a\0\u{202e}b"), "aU+0000U+202Eb");
/// ```
pub fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for character in text.chars() {
        // Rust escapes what it cannot print, and quotes and backslashes besides.
        if matches!(character, '"' | '\'' | '\\') || character.escape_debug().len() == 1 {
            printable.push(character);
        } else {
            printable.push_str(&format!("U+{:04X}", u32::from(character)));
        }
    }
    printable
}
