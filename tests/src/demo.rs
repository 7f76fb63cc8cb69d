//! The demo with little to send, for tests: its programs as they are built for tests.

use anyhow::{Context, ensure};
use local::demo::stand_ins::Search;
use local::demo::{Console, Options, Volume};
use local::layout::project_root;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A little of everything.
pub const LITTLE: Volume = Volume {
    flow_logs: 300,
    flow_log_examples: 60,
    finding_updates: 3,
    application: 20,
    burst: 0,
};

/// A quiet demo of that volume, which writes to a folder of that name.
///
/// # Errors
/// When a program isn't built.
pub fn options(name: &str, volume: Volume) -> anyhow::Result<Options> {
    let output = project_root().join("target/local/tests").join(name);
    std::fs::create_dir_all(&output)
        .with_context(|| format!("could not make {}", output.display()))?;
    Ok(Options {
        volume,
        console: Console::quiet(),
        search: true,
        keep: false,
        function_zip: zipped(&crate::binary("transform")?, &output)?,
        bootstrap: crate::binary("bootstrap")?,
        output,
    })
}

/// Says on standard error what is skipped where there is no search server, and why there is none.
/// (Where `CI` is set, the demo doesn't come that far without one.) Not by a macro: the test runner
/// would keep it to itself.
pub fn skipped(what: &str, search: &Search) {
    if let Search::Absent(why) = search {
        let _ = writeln!(io::stderr(), "SKIPPED {what}: {why}");
    }
}

/// A built program without its debugging symbols, packed as it is for Lambda, in `folder`.
///
/// # Errors
/// When it isn't built or can't be packed.
pub fn stripped_and_zipped(name: &str, folder: &Path) -> anyhow::Result<PathBuf> {
    let program = folder.join(name);
    std::fs::copy(crate::binary(name)?, &program)?;
    // A debug build is mostly for debuggers.
    let stripped = Command::new("strip").arg(&program).status()?;
    ensure!(stripped.success(), "strip ended with {stripped}");
    zipped(&program, folder)
}

/// Another release of a built program, packed in `folder`: the same one, started with this variable
/// whatever the function says.
///
/// # Errors
/// When it isn't built or can't be packed.
pub fn released_and_zipped(
    name: &str,
    (variable, value): (&str, &str),
    folder: &Path,
) -> anyhow::Result<PathBuf> {
    stripped_and_zipped(name, folder)?;
    let zip = folder.join("release.zip");
    let packed = Command::new("python3")
        .arg(project_root().join("tests/python/release.py"))
        .arg(folder.join(name))
        .args([variable, value])
        .arg(&zip)
        .status()?;
    ensure!(packed.success(), "release.py ended with {packed}");
    Ok(zip)
}

/// A function's program, packed as it is for Lambda, in `folder`.
///
/// # Errors
/// When it can't be packed.
pub fn zipped(program: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let zip = folder.join("function.zip");
    let packed = Command::new("python3")
        .arg(project_root().join("local/setup/zip.py"))
        .arg(program)
        .arg(&zip)
        .status()
        .context("could not run python3")?;
    ensure!(packed.success(), "local/setup/zip.py ended with {packed}");
    Ok(zip)
}
