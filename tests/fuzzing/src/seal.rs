//! The check at the end of stored bytes, computed from the description of the format alone: a fuzzer would never guess it.

use xxhash_rust::xxh3::Xxh3;

/// The content with the check that binds it to some texts.
pub(crate) fn sealed(bound_to: &[&str], content: &[u8]) -> Vec<u8> {
    let mut hash = Xxh3::new();
    for text in bound_to {
        hash.update(text.as_bytes());
        hash.update(&[0]);
    }
    hash.update(content);
    let check = hash.digest().to_le_bytes();
    content
        .iter()
        .chain(check.iter().take(4))
        .copied()
        .collect()
}
