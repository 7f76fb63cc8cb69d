//! What the end-to-end tests share.

pub mod bootstrap;
pub mod catalog;
pub mod demo;
pub mod firehose;
pub mod search;
pub mod stream;
pub mod transform;

/// The path of a program of this workspace, beside the test that runs.
///
/// # Errors
/// When it isn't built, with the command that builds it.
pub fn binary(name: &str) -> anyhow::Result<std::path::PathBuf> {
    let test = std::env::current_exe()?;
    let folder = test.ancestors().nth(2).unwrap_or(&test);
    let program = folder.join(name);
    anyhow::ensure!(
        program.exists(),
        "{} is not built: run `cargo build --workspace --bins` first",
        program.display()
    );
    Ok(program)
}
