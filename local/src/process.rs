//! A server as a child process that never outlives the process that started it.
//!
//! A child is the leader of a process group of its own, so that what it starts (a function that
//! ministack runs, for example) is stopped with it. A small shell in that group reads from a pipe
//! whose other end only this process holds: when this process ends in any way, ctrl-c and SIGKILL
//! included, the pipe closes and the shell kills the group. (Linux's parent-death signal would fire
//! already at the end of the *thread* that started the server, and a test is a thread.)

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    net::{Ipv4Addr, TcpListener},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, anyhow, bail};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::layout;

/// Starts the watchdog, then becomes the program: the process id stays the program's own.
const SUPERVISOR: &str = r#"
group=$$
exec 3<&0
(
    trap '' TERM INT HUP
    read -r _ <&3
    kill -s KILL -- "-$group"
) </dev/null >/dev/null 2>&1 &
exec "$@" 3<&- </dev/null
"#;

/// How long a server may take to end by itself after SIGTERM.
const GRACE: Duration = Duration::from_secs(2);
const POLL: Duration = Duration::from_millis(20);
const LAST_LINES: usize = 20;

/// Returns a command that runs `program` under the watchdog, for [`Server::start`].
///
/// Arguments, environment and working folder are added to it as to any [`Command`].
#[must_use]
pub fn guarded(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", SUPERVISOR, "supervisor"]).arg(program);
    command
}

/// Returns a TCP port of 127.0.0.1 that nothing listens on.
///
/// # Errors
///
/// When the system has no free port.
pub fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .context("cannot find a free port on 127.0.0.1")?;
    Ok(listener.local_addr()?.port())
}

/// A running child process, stopped when dropped.
#[derive(Debug)]
pub struct Server {
    name: String,
    child: Child,
    group: Pid,
    log: PathBuf,
    /// Never written to: that it is open tells the watchdog that we live.
    _alive: ChildStdin,
}

impl Server {
    /// Starts `command`, made by [`guarded`]; its output goes to a log file named after `name`.
    ///
    /// # Errors
    ///
    /// When the log file or the process cannot be made. A program that cannot be executed is seen by
    /// [`Server::wait_until`], as a process that ended at once.
    pub fn start(name: &str, mut command: Command) -> anyhow::Result<Self> {
        let log = layout::new_log_file(name)?;
        let output = File::create(&log)
            .with_context(|| format!("cannot write the log file {}", log.display()))?;
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(output.try_clone()?)
            .stderr(output)
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let alive = child.stdin.take().context("the child has no input pipe")?;
        let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let group = group.context("the child has no process id")?;
        Ok(Self {
            name: name.to_owned(),
            child,
            group,
            log,
            _alive: alive,
        })
    }

    /// Waits until `ready` returns true, calling `waiting` with the time waited so far in between.
    ///
    /// # Errors
    ///
    /// When the process ends before it is ready, or `deadline` passes: with its last log lines.
    pub fn wait_until(
        &mut self,
        deadline: Duration,
        mut ready: impl FnMut() -> bool,
        mut waiting: impl FnMut(Duration),
    ) -> anyhow::Result<()> {
        let start = Instant::now();
        while !ready() {
            if let Some(status) = self.exit_status()? {
                bail!(self.failure(&format!("ended before it was ready ({status})")));
            }
            if start.elapsed() > deadline {
                bail!(self.failure(&format!("was not ready within {deadline:?}")));
            }
            waiting(start.elapsed());
            thread::sleep(POLL);
        }
        Ok(())
    }

    fn failure(&self, what: &str) -> anyhow::Error {
        anyhow!(
            "{} {what}; its log {} ends with:\n{}",
            self.name,
            self.log.display(),
            self.last_log_lines()
        )
    }

    /// Returns the process id of the server.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Returns the log file: everything that the server printed.
    #[must_use]
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Returns what was printed after the first `offset` bytes of the log, and the offset of the end.
    ///
    /// # Errors
    ///
    /// When the log file cannot be read.
    pub fn log_since(&self, offset: u64) -> io::Result<(String, u64)> {
        let mut file = File::open(&self.log)?;
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        let read = file.read_to_end(&mut bytes)?;
        Ok((
            String::from_utf8_lossy(&bytes).into_owned(),
            offset + read as u64,
        ))
    }

    /// Returns the last lines of the log.
    #[must_use]
    pub fn last_log_lines(&self) -> String {
        let text = fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
    }

    /// Returns the exit status when the server has ended.
    ///
    /// # Errors
    ///
    /// When the system cannot tell.
    pub fn exit_status(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Kills the server and everything that it started, without letting it finish anything.
    pub fn kill(&mut self) {
        // The watchdog, which ignores every other signal, is still in the group: its id is not reused.
        let _ = kill_process_group(self.group, Signal::KILL);
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let ended = |child: &mut Child| !matches!(child.try_wait(), Ok(None));
        if !ended(&mut self.child) {
            let _ = kill_process_group(self.group, Signal::TERM);
            let start = Instant::now();
            while !ended(&mut self.child) && start.elapsed() < GRACE {
                thread::sleep(POLL);
            }
        }
        self.kill();
    }
}
