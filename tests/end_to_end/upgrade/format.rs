//! The made-up next version of the stored format: today's content behind a byte that today's does not have, under a check of its
//! own. Written from `encoding/format.md` alone.

use xxhash_rust::xxh3::Xxh3;

/// The version that is written today.
pub const TODAY: u8 = 1;
/// The one after it.
pub const NEXT: u8 = 2;
/// One that nobody has written for long.
const FORGOTTEN: u8 = 0;

/// What the next version has after its version byte.
const ADDED: u8 = 0xa5;

/// Bytes of a check.
const CHECK_BYTES: usize = 4;

/// Today's bytes as the next version has them. `bound_to`: the texts that the check covers.
pub fn next(bound_to: &[&str], bytes: &[u8]) -> Vec<u8> {
    let content = content(bound_to, bytes);
    assert_eq!(content[0], TODAY);
    sealed(bound_to, &[&[NEXT, ADDED], &content[1..]].concat())
}

/// The next version's bytes as today's has them.
pub fn today(bound_to: &[&str], bytes: &[u8]) -> Vec<u8> {
    let content = content(bound_to, bytes);
    assert_eq!(content[..2], [NEXT, ADDED]);
    sealed(bound_to, &[&[TODAY], &content[2..]].concat())
}

/// Today's bytes as a release sees them that does not know today's version any more.
pub fn forgotten(bound_to: &[&str], bytes: &[u8]) -> Vec<u8> {
    let content = content(bound_to, bytes);
    assert_eq!(content[0], TODAY);
    sealed(bound_to, &[&[FORGOTTEN], &content[1..]].concat())
}

/// Bytes without their check, which is right: no test here is about damage.
fn content<'a>(bound_to: &[&str], bytes: &'a [u8]) -> &'a [u8] {
    let (content, _) = bytes.split_at(bytes.len() - CHECK_BYTES);
    assert_eq!(sealed(bound_to, content), bytes);
    content
}

fn sealed(bound_to: &[&str], content: &[u8]) -> Vec<u8> {
    let mut hash = Xxh3::new();
    for text in bound_to {
        hash.update(text.as_bytes());
        hash.update(&[0]);
    }
    hash.update(content);
    let check = hash.digest().to_le_bytes();
    [content, &check[..CHECK_BYTES]].concat()
}
