//! What a terminal is written in.

use std::env;
use std::io::IsTerminal;

/// Whether a stream takes colours: it is a terminal, and the user does not mind (<https://no-color.org>).
pub fn wants_colour(stream: &impl IsTerminal) -> bool {
    let is_unwanted = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    stream.is_terminal() && !is_unwanted
}
