//! Where the stand-ins' programs, logs and throw-away files lie: all under `target/local`.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, SystemTime},
};

use anyhow::{Context, bail};

const LOGS_ARE_KEPT: Duration = Duration::from_hours(24);

static COUNTER: AtomicU32 = AtomicU32::new(0);

/// Returns the root of the project: the folder above this crate.
#[must_use]
pub fn project_root() -> &'static Path {
    let crate_root = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_root.parent().unwrap_or(crate_root)
}

/// Returns the folder of everything that set-up installed and the stand-ins write.
#[must_use]
pub fn local_dir() -> PathBuf {
    project_root().join("target/local")
}

/// Returns the path of a program of the stand-ins' Python environment.
///
/// # Errors
///
/// When the program is not there, with the command that installs it.
pub fn python_program(name: &str) -> anyhow::Result<PathBuf> {
    program_of("venv", name)
}

/// Returns the path of a program of the Python environment that checks templates.
///
/// # Errors
///
/// When the program is not there, with the command that installs it.
pub fn checking_program(name: &str) -> anyhow::Result<PathBuf> {
    program_of("checks", name)
}

fn program_of(environment: &str, name: &str) -> anyhow::Result<PathBuf> {
    let program = local_dir().join(environment).join("bin").join(name);
    if !program.exists() {
        bail!(
            "{} is not installed: run `make setup` in {} first",
            program.display(),
            project_root().display()
        );
    }
    Ok(program)
}

/// Returns the path of a new log file for the server `name`, and removes logs of past days.
pub(crate) fn new_log_file(name: &str) -> anyhow::Result<PathBuf> {
    let folder = local_dir().join("logs");
    fs::create_dir_all(&folder)
        .with_context(|| format!("cannot create the log folder {}", folder.display()))?;
    remove_old_logs(&folder);
    Ok(folder.join(format!("{}.log", unique(name))))
}

fn remove_old_logs(folder: &Path) {
    let now = SystemTime::now();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let age = entry
            .metadata()
            .and_then(|metadata| metadata.modified())
            .map(|written| now.duration_since(written).unwrap_or_default());
        if age.is_ok_and(|age| age > LOGS_ARE_KEPT) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// `NAME-PID-N`: no two running servers share one, and the process that made it can be read from it.
fn unique(name: &str) -> String {
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    format!("{name}-{}-{number}", process::id())
}

/// A folder of a server's own, removed when dropped.
///
/// What a killed process could not remove is removed by the next one that makes a folder.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// Creates an empty folder for `name`.
    ///
    /// # Errors
    ///
    /// When the folder cannot be created.
    pub fn new(name: &str) -> anyhow::Result<Self> {
        let parent = local_dir().join("run");
        remove_abandoned(&parent);
        let path = parent.join(unique(name));
        fs::create_dir_all(&path)
            .with_context(|| format!("cannot create the folder {}", path.display()))?;
        Ok(Self { path })
    }

    /// Returns the folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A process that was just killed can still be writing its last file.
        for _ in 0..3 {
            match fs::remove_dir_all(&self.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {}
                _ => return,
            }
        }
    }
}

fn remove_abandoned(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.rsplit('-').nth(1));
        if owner.is_some_and(|pid| !is_running(pid)) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Without `/proc` nothing is known of other processes, and nothing of theirs is removed.
fn is_running(pid: &str) -> bool {
    !Path::new("/proc/self").exists() || Path::new("/proc").join(pid).exists()
}
