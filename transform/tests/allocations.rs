//! A guard against slowing down: what a warm function allocates for one invocation, on events that
//! are the same each time. Time would differ from machine to machine; this doesn't.
#![allow(clippy::unwrap_used)]

mod common;
#[path = "../benches/events/mod.rs"]
mod events;

use events::{Event, Kind, function, invoke};
use transform::settings::Output;

/// The most that an invocation may allocate: pieces of memory (one that has to grow counts again),
/// and KiB in all of them together.
///
/// A tenth above what was measured. Where the function has come to need less, write down less: the
/// test prints its rows when it fails, so with a zero in it for all of them.
#[rustfmt::skip]
const MOST: [(Kind, Output, u64, u64); 6] = [
    (Kind::FlowLogs,   Output::Ndjson,      569, 8202),
    (Kind::FlowLogs,   Output::NdjsonGzip,  569, 8202),
    (Kind::CloudTrail, Output::Ndjson,      768, 7766),
    (Kind::CloudTrail, Output::NdjsonGzip,  768, 7766),
    (Kind::GuardDuty,  Output::Ndjson,     6683, 9945),
    (Kind::GuardDuty,  Output::NdjsonGzip, 6683, 9945),
];

#[test]
fn a_warm_function_allocates_no_more_than_it_did() {
    let (mut more, mut rows) = (Vec::new(), Vec::new());
    for (kind, outputs) in Kind::ALL.iter().zip(MOST.chunks(2)) {
        let event = kind.event();
        for &(of, output, most, most_kib) in outputs {
            assert_eq!(of, *kind, "the rows are in the order of the kinds");
            let (count, kib) = allocated(&event, output);
            if count > most || kib > most_kib {
                more.push(format!(
                    "  {} as {output:?}: {count} of {kib} KiB, at most {most} of {most_kib} KiB ({} log events in {} records)\n",
                    kind.name(), event.events, event.data.len(),
                ));
            }
            let (most, most_kib) = (count + count / 10, kib + kib / 10);
            rows.push(format!(
                "    (Kind::{kind:?}, Output::{output:?}, {most}, {most_kib}),\n"
            ));
        }
    }
    assert!(
        more.is_empty(),
        "A warm function allocates more than it did:\n{}\
        Look for what is new on the way of every log event or record: a String, a Vec or a map that is made \
        anew where a buffer could be used again; or, where the KiB alone have grown, a large buffer that is \
        copied or has to grow. If it is worth its price, raise MOST in transform/tests/allocations.rs to:\n{}",
        more.concat(),
        rows.concat()
    );
}

/// What the second of two invocations with `event` allocates: pieces of memory, and KiB.
fn allocated(event: &Event, output: Output) -> (u64, u64) {
    let mut function = function(output);
    invoke(&mut function, event);
    let counted = allocation_counter::measure(|| drop(invoke(&mut function, event)));
    (counted.count_total, counted.bytes_total.div_ceil(1024))
}
