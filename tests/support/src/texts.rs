//! Texts of every kind of Unicode.

/// Texts that something between a writer and a reader might change.
pub const ODD_TEXTS: [&str; 30] = [
    // The same to the eye, and not the same.
    "Café",
    "Cafe\u{301}",
    "\u{212b}ngstro\u{308}m",
    "Ångström",
    "ﬁ",
    "fi",
    "Straße",
    "STRASSE",
    // From right to left, and marks that turn the direction.
    "שָׁלוֹם",
    "مرحبا",
    "\u{202e}desrever\u{202c}",
    "\u{2066}a\u{2069}",
    // One sign out of many code points, and marks without a sign.
    "👩\u{200d}👩\u{200d}👧\u{200d}👦",
    "🇳🇿",
    "\u{301}\u{301}\u{301}",
    "Z\u{335}\u{327}\u{351}a\u{334}lgo",
    // The bounds of what UTF-8, UTF-16 and planes have.
    "\u{7f}",
    "\u{80}",
    "\u{7ff}",
    "\u{800}",
    "\u{d7ff}",
    "\u{e000}",
    "\u{fffe}",
    "\u{ffff}",
    "\u{10000}",
    "\u{10ffff}",
    // What ends a text elsewhere, or escapes.
    "a\0b",
    "\u{1}\u{1f}\t\r\n\u{85}\u{2028}\u{2029}",
    "\u{feff}\"\\/#<>&%20+'",
    " \u{a0}\u{3000} ",
];
