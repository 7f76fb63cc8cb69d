//! Files that are Firehose transformation events.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use transform::invocation::Transformer;
use transform::outcome::Outcome as RecordOutcome;
use transform::settings::Settings;
use transform::streams::{Deadline, NoStreams};

use crate::arguments::Arguments;
use crate::{Outcome, input, tell};

/// As much time as Firehose gives an invocation.
const TIME: Duration = Duration::from_mins(5);

/// Writes the function's answer to the event in `file`.
///
/// # Errors
/// The file can't be read or is no event, or the answer can't be written.
pub fn reshape(
    arguments: &Arguments,
    file: &Path,
    out: &mut impl Write,
) -> anyhow::Result<Outcome> {
    let event = input::read(file)?;
    // Its text says everything; printed with its sources, it would do so twice.
    let settings = Settings::from_env().map_err(anyhow::Error::msg)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut transformer = Transformer::new(settings, arguments.reshaper()?, NoStreams);
    let invocation = runtime
        .block_on(transformer.invoke(&event, Deadline::after(TIME)))
        .with_context(|| input::name(file))?;
    for error in &invocation.errors {
        tell(&format!("{}: {error}", input::name(file)));
    }
    out.write_all(&invocation.answer)?;
    out.write_all(b"\n")?;
    let failed = invocation
        .outcomes
        .iter()
        .any(|outcome| matches!(outcome, RecordOutcome::Failed(_)));
    Ok(if failed {
        Outcome::WithErrors
    } else {
        Outcome::Clean
    })
}
