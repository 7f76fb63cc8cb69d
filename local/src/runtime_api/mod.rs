//! Lambda's Runtime API, to run a custom runtime's binary as Lambda does, one invocation at a time.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

mod error;
mod exchange;

use std::{
    fs,
    path::Path,
    process::Command,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc::Receiver},
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;
use serde_json::Value;

pub use self::error::RuntimeError;
use self::exchange::{Event, Exchange, Outcome};
use crate::{
    http_server::HttpServer,
    layout::Scratch,
    process::{Server, guarded},
};

/// The largest event that Lambda accepts, in bytes ("Request must be smaller than 6291456 bytes for
/// the `InvokeFunction` operation").
pub const MAX_EVENT: usize = 6_291_456;
pub use crate::function::MAX_ANSWER;

/// Lambda gives a function 10 s to start; a debug build on a busy machine may need longer.
const START_WITHIN: Duration = Duration::from_secs(30);
const DEFAULT_TIMEOUT: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(20);

/// What came of one invocation.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The function's answer, or the error that it reported or Lambda made of its answer: an object
    /// with `errorType` and `errorMessage`.
    pub result: Result<Vec<u8>, Value>,
    /// The lines that the function printed since its start or the last invocation.
    pub log: Vec<String>,
    /// From handing out the event to receiving the answer.
    pub duration: Duration,
}

/// A function that runs; stopped when dropped.
#[derive(Debug)]
pub struct RuntimeApi {
    exchange: Arc<Exchange>,
    process: Mutex<Process>,
    /// Held during an invocation: a function handles one at a time.
    busy: Mutex<()>,
    timeout: Duration,
    _api: HttpServer,
    _scratch: Scratch,
}

#[derive(Debug)]
struct Process {
    server: Server,
    /// How much of the log has been handed out, in bytes.
    log_read: u64,
}

impl RuntimeApi {
    /// Starts `binary` with Lambda's own environment variables and `env`, and waits until it asks
    /// for its first event. Nothing of the caller's environment is handed on.
    ///
    /// # Errors
    ///
    /// When the binary cannot be started, ends, reports an initialization error, or is silent.
    pub fn start(binary: &Path, env: &[(&str, &str)]) -> Result<Self, RuntimeError> {
        let exchange = Arc::new(Exchange::default());
        let api = HttpServer::start(exchange.clone())?;
        let scratch = Scratch::new("function")?;
        let mut command = guarded(binary);
        set_environment(&mut command, scratch.path());
        command
            .env("AWS_LAMBDA_RUNTIME_API", api.address().to_string())
            .envs(env.iter().copied());
        let function = Self {
            exchange,
            process: Mutex::new(Process {
                server: Server::start("function", command)?,
                log_read: 0,
            }),
            busy: Mutex::default(),
            timeout: DEFAULT_TIMEOUT,
            _api: api,
            _scratch: scratch,
        };
        function.await_first_poll()?;
        Ok(function)
    }

    /// Sets the function's timeout: 60 s unless this is called.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    fn await_first_poll(&self) -> Result<(), RuntimeError> {
        let start = Instant::now();
        while !self.exchange.is_ready() {
            // Asked in this order: a function that reports an error ends right after.
            let alive = self.process().is_alive();
            if let Some(error) = self.exchange.initialization_error() {
                let log = self.process().new_lines();
                return Err(RuntimeError::Initialization { error, log });
            }
            if !alive {
                return Err(self.process().ended());
            }
            if start.elapsed() > START_WITHIN {
                return Err(self.process().gave_up(START_WITHIN));
            }
            thread::sleep(POLL);
        }
        Ok(())
    }

    /// Hands `event` (JSON) to the function and waits for its answer.
    ///
    /// # Errors
    ///
    /// When the event is larger than [`MAX_EVENT`], and when the function ends or does not answer in
    /// time: then it is dead, as it is in Lambda, and every later call fails too.
    pub fn invoke(&self, event: &[u8]) -> Result<Invocation, RuntimeError> {
        if event.len() > MAX_EVENT {
            return Err(RuntimeError::EventTooLarge { bytes: event.len() });
        }
        let _one_at_a_time = locked(&self.busy);
        let start = Instant::now();
        let answer = self.exchange.offer(Event::new(event, self.timeout));
        let result = self.await_answer(&answer)?;
        Ok(Invocation {
            result,
            log: self.process().new_lines(),
            duration: start.elapsed(),
        })
    }

    fn await_answer(&self, answer: &Receiver<Outcome>) -> Result<Outcome, RuntimeError> {
        let start = Instant::now();
        loop {
            // Asked in this order: a function may answer and then end.
            let alive = self.process().is_alive();
            if let Ok(outcome) = answer.recv_timeout(POLL) {
                return Ok(outcome);
            }
            if !alive {
                return Err(self.process().ended());
            }
            if start.elapsed() > self.timeout {
                return Err(self.process().gave_up(self.timeout));
            }
        }
    }

    /// Kills the function, also in the midst of an invocation.
    pub fn kill(&self) {
        self.process().server.kill();
    }

    /// Returns the most memory that the function ever held, in bytes.
    ///
    /// # Errors
    ///
    /// When the function has ended, or the system does not tell (it is Linux's `VmHWM`).
    pub fn peak_resident_bytes(&self) -> anyhow::Result<u64> {
        let path = format!("/proc/{}/status", self.process().server.pid());
        let status = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
        let kibibytes = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"))
            .with_context(|| format!("{path} has no VmHWM"))?;
        Ok(kibibytes.parse::<u64>()? * 1024)
    }

    fn process(&self) -> MutexGuard<'_, Process> {
        locked(&self.process)
    }
}

/// A test that panicked while it held the lock has left nothing half done.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Process {
    fn is_alive(&mut self) -> bool {
        matches!(self.server.exit_status(), Ok(None))
    }

    fn ended(&mut self) -> RuntimeError {
        let status = self.server.exit_status().ok().flatten();
        RuntimeError::Ended {
            status: status.map_or_else(|| "status unknown".to_owned(), |status| status.to_string()),
            log: self.new_lines(),
        }
    }

    fn gave_up(&mut self, after: Duration) -> RuntimeError {
        self.server.kill();
        RuntimeError::TimedOut {
            after,
            log: self.new_lines(),
        }
    }

    fn new_lines(&mut self) -> Vec<String> {
        let (text, end) = self.server.log_since(self.log_read).unwrap_or_default();
        self.log_read = end.max(self.log_read);
        text.lines().map(str::to_owned).collect()
    }
}

/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>
fn set_environment(command: &mut Command, task_root: &Path) {
    command
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("LANG", "en_US.UTF-8")
        .env("TZ", ":UTC")
        .env("LAMBDA_TASK_ROOT", task_root)
        .env("_HANDLER", "bootstrap")
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_DEFAULT_REGION", "eu-central-1")
        .env("AWS_ACCESS_KEY_ID", "222222222222")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
        .env("AWS_LAMBDA_FUNCTION_NAME", exchange::FUNCTION_NAME)
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/transform")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "2024/01/01/[$LATEST]0")
        .current_dir(task_root);
}
