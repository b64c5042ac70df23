//! The kept corpus, and simple changes of each file in it, put to every target with a bound on what is allocated.
//!
//! A test of its own process, since it counts every allocation.

#![expect(
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and tells the figures that the documents have"
)]

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// One target at a time: another one's allocations would count.
static ALONE: Mutex<()> = Mutex::new(());

/// What a target may allocate at once: so many bytes, and so many for each byte of the input.
struct Bound {
    fixed: usize,
    by_byte: usize,
}

/// Puts each file of a corpus, and about so many changes of all of them, to a target.
fn run(name: &str, target: fn(&[u8]), bound: &Bound, changes: usize) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(name);
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty());
    // What is made once for all inputs counts for none of them.
    target(&fs::read(files.first().unwrap()).unwrap());
    let inputs: Vec<_> = files.iter().map(|file| fs::read(file).unwrap()).collect();
    let bytes: usize = inputs.iter().map(Vec::len).sum();
    let mut step = (bytes * CHANGES.len()).div_ceil(changes).max(1);
    // Otherwise it would be the same change each time.
    if step > 1 && step.is_multiple_of(CHANGES.len()) {
        step += 1;
    }
    let (mut number, mut most) = (0, 0);
    let mut check = |input: &[u8], what: &dyn Fn() -> String| {
        most = most.max(check(target, input, bound, what));
    };
    for (file, input) in files.iter().zip(&inputs) {
        let tell = |change: &str| format!("{} {change}", file.display());
        check(input, &|| tell("as it is"));
        for place in 0..input.len() {
            for change in CHANGES {
                number += 1;
                if number % step == 0 {
                    let changed = change(input, place);
                    check(&changed, &|| {
                        tell(&format!("changed at {place}: {}", changed.escape_ascii()))
                    });
                }
            }
        }
    }
    eprintln!(
        "{name}: {} inputs and {} changes took at most {most} bytes each",
        inputs.len(),
        number / step
    );
}

/// What becomes of an input at a place.
type Change = fn(&[u8], usize) -> Vec<u8>;

/// It ends there, or the byte there is another.
const CHANGES: [Change; 5] = [
    |input, place| input[..place].to_vec(),
    |input, place| replaced(input, place, !input[place]),
    |input, place| replaced(input, place, input[place] ^ 1),
    |input, place| replaced(input, place, 0),
    |input, place| replaced(input, place, 0xff),
];

fn replaced(input: &[u8], place: usize, byte: u8) -> Vec<u8> {
    let mut changed = input.to_vec();
    changed[place] = byte;
    changed
}

/// Puts an input to a target, and returns how many bytes were allocated at once.
fn check(target: fn(&[u8]), input: &[u8], bound: &Bound, what: &dyn Fn() -> String) -> usize {
    let before = ALLOCATED.current_usage();
    ALLOCATED.reset_peak_usage();
    let ended = catch_unwind(AssertUnwindSafe(|| target(input)));
    let peak = ALLOCATED.peak_usage().saturating_sub(before);
    if let Err(panic) = ended {
        eprintln!("{}", what());
        resume_unwind(panic);
    }
    let allowed = bound.fixed + bound.by_byte * input.len();
    assert!(
        peak <= allowed,
        "{peak} bytes were allocated for {}, more than {allowed}: {}",
        input.len(),
        what()
    );
    peak
}

const KB: usize = 1024;
const MB: usize = 1024 * KB;

/// Declares a test of each target: what it may allocate at once beside its input, and for each byte of that, and how many changes are
/// tried. The most days that a ledger has take some 32 MB, and a target holds several ledgers; unpacking takes a window.
macro_rules! targets {
    ($($name:ident: $fixed:expr, $by_byte:expr, $changes:expr;)*) => {$(
        #[test]
        fn $name() {
            let bound = Bound { fixed: $fixed, by_byte: $by_byte };
            run(stringify!($name), fuzzing::$name, &bound, $changes);
        }
    )*};
}

targets! {
    ledger: 160 * MB, 200, 3_000;
    archive: 160 * MB, 200, 4_000;
    items: 64 * KB, 200, 600;
    stream_event: 64 * KB, 200, 1_500;
    queue_event: 64 * KB, 200, 1_500;
    request: 64 * KB, 200, 2_000;
    import_rows: 512 * KB, 200, 2_000;
}
