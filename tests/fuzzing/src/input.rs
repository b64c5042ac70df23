//! Inputs of several parts.

/// The text before the first blank line, and those between the further ones. JSON without spaces has none.
pub(crate) fn texts(input: &[u8]) -> (&[u8], Vec<&[u8]>) {
    let mut rest = input;
    let mut texts = Vec::new();
    while let Some(place) = rest.windows(2).position(|two| two == b"\n\n") {
        texts.push(rest.get(..place).unwrap_or_default());
        rest = rest.get(place + 2..).unwrap_or_default();
    }
    texts.push(rest);
    let first = texts.remove(0);
    (first, texts)
}

/// Parts with their lengths before them, two bytes each, the lower one first; the last one may be shorter than it says.
pub(crate) fn parts(input: &[u8]) -> Vec<&[u8]> {
    let mut rest = input;
    let mut parts = Vec::new();
    while let [low, high, after @ ..] = rest {
        let length = usize::from(u16::from_le_bytes([*low, *high])).min(after.len());
        let (part, others) = after.split_at(length);
        parts.push(part);
        rest = others;
    }
    parts
}
