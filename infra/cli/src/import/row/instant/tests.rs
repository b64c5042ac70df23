//! Instants in every form.

use super::*;

#[test]
fn every_form_comes_to_utc() {
    for (text, expected) in [
        ("2026-01-31T10:00:00Z", "2026-01-31T10:00:00Z"),
        ("2026-01-31t10:00:00z", "2026-01-31T10:00:00Z"),
        ("2026-01-31 10:00:00", "2026-01-31T10:00:00Z"),
        ("2026-01-31 10:00:00Z", "2026-01-31T10:00:00Z"),
        ("2026-01-31 10:00:00 UTC", "2026-01-31T10:00:00Z"),
        ("2026-01-31 10:00:00.000000 UTC", "2026-01-31T10:00:00Z"),
        ("2026-01-31T10:00:00.000Z", "2026-01-31T10:00:00Z"),
        ("2026-01-31 10:00:00.000", "2026-01-31T10:00:00Z"),
        ("2026-01-31 10:00:00,0", "2026-01-31T10:00:00Z"),
        ("2026-01-31T10:00:00.0000000+00:00", "2026-01-31T10:00:00Z"),
        ("2026-01-31T10:00:00+00:00", "2026-01-31T10:00:00Z"),
        ("2026-03-01T01:30:00+02:00", "2026-02-28T23:30:00Z"),
        ("2024-03-01 01:30:00+0200", "2024-02-29T23:30:00Z"),
        ("2026-12-31 22:00:00 -05", "2027-01-01T03:00:00Z"),
        ("2026-01-31 10:00:00 +0545", "2026-01-31T04:15:00Z"),
        ("0001-01-01T00:00:00-01:00", "0001-01-01T01:00:00Z"),
    ] {
        assert_eq!(read(text).ok(), Instant::parse(expected), "{text}");
    }
    assert_eq!(
        read_day("2026-01-31").ok(),
        Instant::parse("2026-01-31T00:00:00Z")
    );
    assert_eq!(read_day("2026-01-31 10:00:00"), read("2026-01-31 10:00:00"));
}

#[test]
fn what_is_no_instant_says_why() {
    for (text, reason) in [
        ("", "is not an instant"),
        ("yesterday", "is not an instant"),
        ("2026-01-31", "is not an instant"),
        ("2026-01-31 10:00", "is not an instant"),
        ("2026-02-29T10:00:00Z", "is not an instant"),
        ("2026-01-31T10:00:60Z", "is not an instant"),
        ("2026-01-31T24:00:00+01:00", "is not an instant"),
        ("2026-01-31T10:00:00 CET", "is not an instant"),
        ("2026-01-31T10:00:00.Z", "is not an instant"),
        ("2026-01-31T10:00:00+24:00", "is not an instant"),
        ("2026-01-31T10:00:00+2", "is not an instant"),
        ("2026-01-31T10:00:00+-1:00", "is not an instant"),
        ("2026-01-31T10:00:00é", "is not an instant"),
        ("2026-01-31T10:00:0é", "is not an instant"),
        ("31/01/2026 10:00:00", "is not an instant"),
        ("0001-01-01T00:00:00+01:00", "is not an instant"),
        ("9999-12-31T23:30:00-01:00", "is not an instant"),
        ("2026-01-31T10:00:00.5Z", "fraction of a second"),
        ("2026-01-31 10:00:00.001", "fraction of a second"),
        ("2026-01-31T10:00:00", "has no offset"),
        ("2026-01-31T10:00:00.000", "has no offset"),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.contains(reason), "{text}: {error}");
    }
    assert!(read_day("2026-02-29").is_err());
}
