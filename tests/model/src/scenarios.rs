//! The scenarios, each small enough to be checked to its end.

use crate::scenario::{Reading, Scenario};
use crate::source::Date::{First, Newest, NextYear, SameYear};

/// All of them.
pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "two purchases of one date",
        stored: &[(First, Some(1))],
        edits: &[(First, Some(2)), (First, Some(3))],
        ..Scenario::BASE
    },
    Scenario {
        name: "purchases of two dates",
        stored: &[(First, Some(1))],
        edits: &[(SameYear, Some(1)), (Newest, Some(2))],
        ..Scenario::BASE
    },
    Scenario {
        name: "the last one goes while another comes",
        stored: &[(First, Some(1))],
        edits: &[(First, None), (Newest, Some(2))],
        ..Scenario::BASE
    },
    Scenario {
        name: "came and went",
        edits: &[(First, Some(1)), (First, None)],
        ..Scenario::BASE
    },
    Scenario {
        name: "all gone and another back",
        stored: &[(First, Some(1))],
        edits: &[
            (Newest, Some(2)),
            (First, None),
            (Newest, None),
            (First, Some(3)),
        ],
        late: 0,
        ..Scenario::BASE
    },
    Scenario {
        name: "edited and edited back",
        stored: &[(First, Some(1))],
        edits: &[(First, Some(2)), (First, Some(1))],
        ..Scenario::BASE
    },
    Scenario {
        name: "replays beside a rebuild",
        stored: &[(First, Some(1))],
        edits: &[(First, None), (Newest, Some(1))],
        rebuild: true,
        replays: 1,
        late: 0,
        ..Scenario::BASE
    },
    Scenario {
        name: "unfinished profiles",
        stored: &[(First, Some(1))],
        edits: &[(First, Some(2))],
        replays: 1,
        receives: 2,
        late: 0,
        ..Scenario::BASE
    },
    Scenario {
        name: "two purchases of closed days",
        stored: &[(First, Some(1)), (Newest, Some(4))],
        edits: &[(First, Some(2)), (SameYear, Some(1))],
        closes: true,
        late: 0,
        ..Scenario::BASE
    },
    Scenario {
        name: "two edits of one closed day",
        stored: &[(First, Some(1)), (Newest, Some(4))],
        edits: &[(First, Some(2)), (First, Some(3))],
        closes: true,
        late: 0,
        ..Scenario::BASE
    },
    Scenario {
        name: "a closing while a closed day changes",
        stored: &[(First, Some(1)), (SameYear, Some(2))],
        edits: &[(Newest, Some(3)), (First, None)],
        closes: true,
        late: 0,
        ..Scenario::BASE
    },
    Scenario {
        name: "two closings",
        stored: &[(First, Some(1))],
        edits: &[(NextYear, Some(2)), (Newest, Some(3))],
        closes: true,
        late: 0,
        ..Scenario::BASE
    },
    Scenario {
        name: "two closings of the same days",
        stored: &[(First, Some(1))],
        edits: &[(Newest, Some(2)), (Newest, Some(3))],
        closes: true,
        late: 0,
        ..Scenario::BASE
    },
    Scenario {
        name: "all goes",
        stored: &[(First, Some(1)), (Newest, Some(4))],
        edits: &[(First, None), (Newest, None)],
        closes: true,
        ..Scenario::BASE
    },
    Scenario {
        name: "a rebuild opens closed days",
        stored: &[(First, Some(1)), (Newest, Some(4))],
        edits: &[(Newest, None)],
        closes: true,
        rebuild: true,
        ..Scenario::BASE
    },
    Scenario {
        name: "a reader while days are closed",
        stored: &[(First, Some(1)), (SameYear, Some(2))],
        edits: &[(Newest, Some(3))],
        closes: true,
        workers: 1,
        reading: Reading::Eventual,
        ..Scenario::BASE
    },
    Scenario {
        name: "a reader while closed days are opened",
        stored: &[(First, Some(1)), (SameYear, Some(2)), (Newest, Some(4))],
        edits: &[(Newest, None)],
        closes: true,
        rebuild: true,
        late: 0,
        reading: Reading::Strong,
        ..Scenario::BASE
    },
    Scenario {
        name: "a reader while all goes",
        stored: &[(First, Some(1)), (Newest, Some(4))],
        edits: &[(First, None), (Newest, None), (First, Some(2))],
        closes: true,
        workers: 1,
        late: 0,
        reading: Reading::Eventual,
        ..Scenario::BASE
    },
    Scenario {
        name: "no room for a while",
        stored: &[(First, Some(1)), (Newest, Some(7))],
        edits: &[(First, Some(8)), (Newest, Some(2))],
        room: ROOM,
        ..Scenario::BASE
    },
    Scenario {
        name: "no room",
        stored: &[(First, Some(1)), (Newest, Some(7))],
        edits: &[(First, Some(8)), (Newest, Some(9))],
        room: ROOM,
        late: 0,
        reading: Reading::Strong,
        ..Scenario::BASE
    },
    Scenario {
        name: "the archive is lost",
        stored: &[(First, Some(1)), (Newest, Some(4))],
        edits: &[(First, Some(2))],
        closes: true,
        is_torn: true,
        ..Scenario::BASE
    },
];

/// There is room for one purchase with a long brand, and not for two.
const ROOM: usize = 200;

/// The scenario of a name.
pub fn scenario(name: &str) -> Option<Scenario> {
    SCENARIOS
        .iter()
        .find(|scenario| scenario.name == name)
        .cloned()
}
