//! What the end-to-end tests share.

pub mod bootstrap;
pub mod browser;
pub mod catalog;
pub mod demo;
pub mod deployed;
pub mod deployed_endpoint;
pub mod firehose;
pub mod index;
pub mod matrix;
pub mod model;
pub mod onboarding;
pub mod replay;
pub mod role;
pub mod search;
pub mod search_setup;
pub mod stand_in_template;
pub mod stream;
pub mod template;
pub mod template_forms;
pub mod template_policies;
pub mod transform;

/// An object with the members of `more` in it, or in the place of its own.
#[must_use]
pub fn with(mut base: serde_json::Value, more: &serde_json::Value) -> serde_json::Value {
    for (key, value) in more.as_object().into_iter().flatten() {
        base[key] = value.clone();
    }
    base
}

/// The path of a program of this workspace, beside the test (in `deps`) or program that runs.
///
/// # Errors
/// When it isn't built, with the command that builds it.
pub fn binary(name: &str) -> anyhow::Result<std::path::PathBuf> {
    let test = std::env::current_exe()?;
    let folder = test.parent().unwrap_or(&test);
    let folder = match folder.parent() {
        Some(above) if folder.ends_with("deps") => above,
        _ => folder,
    };
    let program = folder.join(name);
    anyhow::ensure!(
        program.exists(),
        "{} is not built: run `cargo build --workspace --bins` first",
        program.display()
    );
    Ok(program)
}
