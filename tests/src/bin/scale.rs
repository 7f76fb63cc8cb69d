//! `scale [ACCOUNTS] [CONCURRENCY]`: plan, apply, apply again and verify over an organization as large
//! as that, against a stand-in that is as slow as AWS and throttles like it; prints what it took.

use std::io::Write;

use tests::bootstrap::CloudScene;
use tests::bootstrap::SOURCES;
use tests::bootstrap::scale::{Measured, REGIONS, like_aws, measure, organization};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default| arguments.next().map_or(Ok(default), |text| text.parse());
    let (accounts, concurrency): (usize, usize) = (number(1000)?, number(64)?);
    let settings = like_aws();
    let scene = CloudScene::new(organization(accounts, settings.clone()), SOURCES).await?;
    let regions = format!("regions = {REGIONS:?}");
    scene.configure(&regions, SOURCES)?;
    let mut out = std::io::stdout();
    writeln!(
        out,
        "{accounts} accounts, {} Regions, 20 log groups, {concurrency} accounts at once\n\n\
         | run | seconds | throttles alone | ratio | calls | throttled | processor | peak memory |\n|---|---|---|---|---|---|---|---|",
        REGIONS.len()
    )?;
    let runs: [(&str, i32, &[&str]); 4] = [
        ("plan", 2, &["plan"]),
        ("apply", 0, &["apply", "--yes"]),
        ("apply again", 0, &["apply", "--yes"]),
        ("verify", 0, &["verify"]),
    ];
    let mut all = Vec::new();
    for (name, code, arguments) in runs {
        let measured = measure(&scene, name, code, arguments, &settings, concurrency)?;
        row(&mut out, &measured)?;
        all.push(measured);
    }
    writeln!(out)?;
    operations(&mut out, &all)?;
    let written = all[2].seen.iter().filter(|call| !call.reads()).count();
    anyhow::ensure!(
        written == 0,
        "the second apply made {written} calls that write"
    );
    Ok(())
}

fn row(out: &mut impl Write, measured: &Measured) -> anyhow::Result<()> {
    let Measured {
        name,
        seconds,
        least,
        throttled,
        memory,
        processor,
        ..
    } = measured;
    let calls: usize = measured.calls.values().sum();
    let megabytes = memory / 1_000_000;
    let ratio = seconds / least;
    writeln!(
        out,
        "| {name} | {seconds:.1} | {least:.1} | {ratio:.2} | {calls} | {throttled} | {processor:.1} s | {megabytes} MB |"
    )?;
    Ok(out.flush()?)
}

/// Calls by operation, a column for each run.
fn operations(out: &mut impl Write, all: &[Measured]) -> anyhow::Result<()> {
    let names = all.iter().flat_map(|measured| measured.calls.keys());
    let names: std::collections::BTreeSet<_> = names.collect();
    let heads: Vec<_> = all.iter().map(|measured| measured.name.as_str()).collect();
    writeln!(
        out,
        "| operation | {} |\n|---{}|",
        heads.join(" | "),
        "|---".repeat(all.len())
    )?;
    for name in names {
        let count = |measured: &Measured| measured.calls.get(name).copied().unwrap_or_default();
        let counts: Vec<_> = all
            .iter()
            .map(|measured| count(measured).to_string())
            .collect();
        writeln!(out, "| {name} | {} |", counts.join(" | "))?;
    }
    Ok(())
}
