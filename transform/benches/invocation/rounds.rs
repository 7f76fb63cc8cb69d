//! Rounds in which everything is done in turns, and what they took.

use std::hint::black_box;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use transform::invocation::Transformer;
use transform::settings::Output;
use transform::streams::NoStreams;

use crate::Work;
use crate::events::{Event, function, invoke};
use crate::floor::Floor;
use crate::stages::Stages;

/// Rounds that aren't counted: buffers grow, caches fill.
const WARM_UP: u32 = 3;

/// All that is done with one event.
pub struct Rounds {
    event: Event,
    ndjson_bytes: usize,
    floor: Floor,
    stages: Stages,
    ndjson: Transformer<NoStreams>,
    gzip: Transformer<NoStreams>,
}

/// What came of the rounds with one event. Times are of the processor, for one invocation.
#[derive(Debug)]
pub struct Measured {
    pub records: usize,
    pub events: usize,
    /// Bytes of the event's body, of its payloads compressed and not, and of the plain answer.
    pub body: usize,
    pub compressed: usize,
    pub text: usize,
    pub answer: usize,
    pub floor: Duration,
    pub frame: Duration,
    pub walk: Duration,
    pub ndjson: Duration,
    pub gzip: Duration,
    /// How many times the floor's time `ndjson` takes, and that of `ndjson` `gzip` takes.
    pub ndjson_by_floor: f64,
    pub gzip_by_ndjson: f64,
}

impl Rounds {
    pub fn new(event: Event) -> Self {
        let mut ndjson = function(Output::Ndjson);
        let answer = invoke(&mut ndjson, &event).answer;
        Self {
            ndjson_bytes: answer.len(),
            floor: Floor::new(&event, &answer),
            stages: Stages::new(&event, &answer),
            gzip: function(Output::NdjsonGzip),
            ndjson,
            event,
        }
    }

    /// Does one thing once.
    pub fn run(&mut self, work: Work) {
        match work {
            Work::Floor => {
                black_box(self.floor.run());
            }
            Work::Frame => {
                black_box(self.stages.frame(&self.event.body));
            }
            Work::Walk => {
                black_box(self.stages.walk(&self.event.body));
            }
            Work::Ndjson => {
                black_box(invoke(&mut self.ndjson, &self.event));
            }
            Work::NdjsonGzip => {
                black_box(invoke(&mut self.gzip, &self.event));
            }
        }
    }

    /// So many rounds, and some before them.
    pub fn measured(mut self, rounds: u32) -> Measured {
        let mut times = Vec::new();
        for round in 0..WARM_UP + rounds {
            let took = Work::ALL.map(|work| self.processor_time(work));
            if round >= WARM_UP {
                times.push(took);
            }
        }
        let time = |index: usize| Duration::from_secs_f64(median(&times, |took| took[index]));
        Measured {
            records: self.event.data.len(),
            events: self.event.events,
            body: self.event.body.len(),
            compressed: self.event.compressed,
            text: self.event.text,
            answer: self.ndjson_bytes,
            floor: time(0),
            frame: time(1),
            walk: time(2),
            ndjson: time(3),
            gzip: time(4),
            ndjson_by_floor: median(&times, |took| took[3] / took[0]),
            gzip_by_ndjson: median(&times, |took| took[4] / took[3]),
        }
    }

    /// The seconds that this thread has worked for it: what others do on the machine is not in them.
    fn processor_time(&mut self, work: Work) -> f64 {
        let begin = worked();
        self.run(work);
        worked() - begin
    }
}

/// The seconds that this thread has worked so far.
#[expect(clippy::cast_precision_loss, reason = "exact for days")]
fn worked() -> f64 {
    let worked = clock_gettime(ClockId::ThreadCPUTime);
    worked.tv_sec as f64 + worked.tv_nsec as f64 / 1e9
}

fn median<T>(of: &[T], value: impl Fn(&T) -> f64) -> f64 {
    let mut values: Vec<f64> = of.iter().map(value).collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
