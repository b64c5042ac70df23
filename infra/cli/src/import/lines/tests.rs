//! Lines, and what ends them.

use super::*;

fn lines(input: &[u8]) -> Lines {
    Lines::new(Box::new(Cursor::new(input.to_vec()))).unwrap()
}

fn texts(input: &[u8]) -> Vec<(u64, String)> {
    let mut lines = lines(input);
    std::iter::from_fn(|| lines.next_filled().unwrap())
        .map(|line| (line.number, String::from_utf8(line.bytes).unwrap()))
        .collect()
}

#[test]
fn numbers_count_blank_lines_and_endings_are_cut() {
    assert_eq!(
        texts(b"a,b\r\n\n  \r\nc\rd\ne"),
        [(1, "a,b".into()), (4, "c\rd".into()), (5, "e".into())]
    );
    assert_eq!(texts(b"a\r\rb\r"), [(1, "a".into()), (3, "b".into())]);
    assert_eq!(texts(b""), []);
}

#[test]
fn a_line_without_end_is_cut_and_the_next_one_is_read() {
    let mut input = vec![b'x'; 3 * LONGEST];
    input.extend_from_slice(b"\nnext\n");
    let mut lines = lines(&input);
    let long = lines.next().unwrap().unwrap();
    assert_eq!(
        (long.number, long.bytes.len(), long.is_cut),
        (1, LONGEST, true)
    );
    let next = lines.next().unwrap().unwrap();
    assert_eq!(
        (next.number, next.bytes.as_slice(), next.is_cut),
        (2, &b"next"[..], false)
    );
    assert!(lines.next().unwrap().is_none());
}

#[test]
fn lines_handed_back_come_again_in_order() {
    let mut lines = lines(b"1\n2\n3\n");
    let first = lines.next().unwrap().unwrap();
    let second = lines.next().unwrap().unwrap();
    lines.hand_back(vec![first, second]);
    let again: Vec<u64> = std::iter::from_fn(|| lines.next().unwrap())
        .map(|line| line.number)
        .collect();
    assert_eq!(again, [1, 2, 3]);
}
