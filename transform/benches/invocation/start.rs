//! The built function as a process: the time from exec to its first poll, and the most memory that
//! it takes.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::events::{Event, Kind};

/// The program that Cargo built for this benchmark, with the same options.
const PROGRAM: &str = env!("CARGO_BIN_EXE_transform");

/// The body of a large event.
const LARGE_BYTES: usize = 3 << 20;

/// The function behind a Runtime API of its own; killed when dropped.
struct Function {
    child: Child,
    polls: Receiver<Instant>,
    answers: Receiver<String>,
    events: Sender<Vec<u8>>,
}

impl Drop for Function {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Function {
    /// Starts it, and waits for its first poll. Returns how long that took, too.
    fn start(output: &str) -> (Self, Duration) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (polled, polls) = channel();
        let (answered, answers) = channel();
        let (events, waiting) = channel();
        let waiting = Arc::new(Mutex::new(waiting));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let api = Api {
                    stream: BufReader::new(stream.unwrap()),
                    polled: polled.clone(),
                    answered: answered.clone(),
                    waiting: waiting.clone(),
                };
                thread::spawn(move || api.serve());
            }
        });
        let begin = Instant::now();
        let child = Command::new(PROGRAM)
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .env("AWS_LAMBDA_FUNCTION_NAME", "transform")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("OUTPUT", output)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let function = Self {
            child,
            polls,
            answers,
            events,
        };
        let first = function.polls.recv().unwrap();
        (function, first - begin)
    }

    /// Answers the poll with an event, takes the answer and waits for the next poll.
    fn invoke(&self, event: &Event) {
        self.events.send(event.body.clone()).unwrap();
        let path = self.answers.recv().unwrap();
        assert!(path.ends_with("/response"), "the function said {path}");
        self.polls.recv().unwrap();
    }

    /// The most memory that it has had, in MiB.
    fn peak_mib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmHWM"))
            .unwrap();
        let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kib.div_ceil(1024)
    }
}

/// The Runtime API on one connection.
struct Api {
    stream: BufReader<TcpStream>,
    polled: Sender<Instant>,
    answered: Sender<String>,
    waiting: Arc<Mutex<Receiver<Vec<u8>>>>,
}

impl Api {
    /// Answers requests until the function is gone.
    fn serve(mut self) -> Option<()> {
        loop {
            let path = self.request()?;
            if path.ends_with("/next") {
                self.polled.send(Instant::now()).ok()?;
                let event = self.waiting.lock().ok()?.recv().ok()?;
                self.answer("200 OK", &event)?;
            } else {
                self.answered.send(path).ok()?;
                self.answer("202 Accepted", b"")?;
            }
        }
    }

    /// Reads one request; returns its path.
    fn request(&mut self) -> Option<String> {
        let mut first = String::new();
        self.stream.read_line(&mut first).ok()?;
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).ok()?;
            let line = line.trim().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
        }
        self.stream.read_exact(&mut vec![0; length]).ok()?;
        first.split(' ').nth(1).map(str::to_owned)
    }

    fn answer(&mut self, status: &str, body: &[u8]) -> Option<()> {
        let head = format!(
            "HTTP/1.1 {status}\r\nLambda-Runtime-Aws-Request-Id: 1\r\nLambda-Runtime-Deadline-Ms: 9999999999999\r\n\
            Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-central-1:111122223333:function:transform\r\n\
            Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let stream = self.stream.get_mut();
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(body).ok()
    }
}

/// Measures all of it, with so many starts, in a line for each.
pub fn report(starts: u32) -> String {
    let mut times: Vec<Duration> = (0..starts).map(|_| Function::start("ndjson").1).collect();
    times.sort();
    let median = times[times.len() / 2].as_secs_f64() * 1e3;
    let least = times[0].as_secs_f64() * 1e3;
    let mut lines = vec![format!(
        "From exec to the first poll: {median:.2} ms (median of {}, least {least:.2}).",
        times.len()
    )];
    // So many flow logs would not fit into one answer, and there is no stream to put them back to.
    for kind in [Kind::CloudTrail, Kind::GuardDuty] {
        let large = kind.event().at_least(LARGE_BYTES);
        let (function, _) = Function::start("ndjson-gzip");
        (0..3).for_each(|_| function.invoke(&large));
        lines.push(format!(
            "Most memory with an event of {} KiB of {}: {} MiB.",
            large.body.len() / 1024,
            kind.name(),
            function.peak_mib()
        ));
    }
    lines.join("\n")
}
