//! Joins the saved objects of `dashboards/saved-objects`, one a line, so that the program has them in it.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dashboards/saved-objects");
    let mut lines = Vec::new();
    if folder.is_dir() {
        let entries: Result<Vec<_>, _> = fs::read_dir(&folder)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect();
        let mut files = entries?;
        files.retain(|path| {
            path.extension()
                .is_some_and(|extension| extension == "ndjson")
        });
        files.sort();
        for file in files {
            lines.extend(fs::read_to_string(file)?.lines().map(str::to_owned));
        }
    }
    lines.retain(|line| !line.trim().is_empty());
    // A folder that comes into being counts as well.
    let watched = if folder.is_dir() {
        "../dashboards/saved-objects"
    } else {
        "../dashboards"
    };
    for path in ["build.rs", watched] {
        io::Write::write_all(
            &mut io::stdout(),
            format!("cargo::rerun-if-changed={path}\n").as_bytes(),
        )?;
    }
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(
        Path::new(&out).join("saved-objects.ndjson"),
        lines.join("\n") + "\n",
    )
}
