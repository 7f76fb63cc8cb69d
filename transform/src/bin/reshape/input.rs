//! Files to read: plain or gzipped, or standard input.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use anyhow::Context;
use flate2::bufread::MultiGzDecoder;

/// Opens `file` (`-`: standard input), decompressed where it is gzip.
///
/// # Errors
/// The file can't be opened or read.
pub fn open(file: &Path) -> anyhow::Result<Box<dyn BufRead>> {
    let mut raw = open_raw(file)?;
    let start = raw
        .fill_buf()
        .with_context(|| format!("{} can't be read", name(file)))?;
    if start.starts_with(&[0x1f, 0x8b]) {
        return Ok(Box::new(BufReader::new(MultiGzDecoder::new(raw))));
    }
    Ok(raw)
}

/// Reads all of `file` (`-`: standard input) as it is.
///
/// # Errors
/// The file can't be opened or read.
pub fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_raw(file)?
        .read_to_end(&mut bytes)
        .with_context(|| format!("{} can't be read", name(file)))?;
    Ok(bytes)
}

/// What to call `file` in messages.
pub fn name(file: &Path) -> String {
    if file == Path::new("-") {
        return "standard input".to_owned();
    }
    file.display().to_string()
}

fn open_raw(file: &Path) -> anyhow::Result<Box<dyn BufRead>> {
    if file == Path::new("-") {
        return Ok(Box::new(BufReader::new(std::io::stdin())));
    }
    let opened =
        std::fs::File::open(file).with_context(|| format!("{} can't be opened", name(file)))?;
    Ok(Box::new(BufReader::with_capacity(1 << 16, opened)))
}
