//! An organization as large as one wants, and what it takes `bootstrap` to work through it.

use std::collections::BTreeMap;
use std::io::Read;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use local::cloud::{Builder, Outcome, Seen, Settings, Throttle};

use super::{CloudScene, REGION};

/// The Regions of the organization, the stream's own first.
pub const REGIONS: [&str; 4] = [REGION, "eu-west-1", "us-east-1", "us-west-2"];

/// Log groups of an account in each Region, of which [`SOURCES`](super::SOURCES) want fifteen.
const LOG_GROUPS: [(&str, usize); 5] = [
    ("cwl_vpc_fl_", 2),
    ("aws-cloudtrail-logs-", 1),
    ("/aws/events/guardduty", 1),
    ("/app/", 11),
    ("/aws/lambda/", 5),
];

/// How many of an account's log groups in a Region are wanted.
pub const WANTED: usize = 15;

/// Organizational units, three levels of them.
const UNITS: usize = 30;

/// What AWS is like, as far as it is known: 30 ms a call; ten `DescribeLogGroups` a second, five calls of
/// the others in an account and Region. The rates of IAM and Organizations are not documented: these
/// are careful guesses.
#[must_use]
pub fn like_aws() -> Settings {
    let rates = [
        ("DescribeLogGroups", 10),
        ("DescribeSubscriptionFilters", 5),
        ("PutSubscriptionFilter", 5),
        ("DeleteSubscriptionFilter", 5),
        ("DescribeAccountPolicies", 5),
        ("DescribeDestinations", 5),
        ("PutDestination", 5),
        ("PutDestinationPolicy", 5),
        ("GetRole", 20),
        ("CreateRole", 10),
        ("PutRolePolicy", 10),
        ("ListAccounts", 5),
        ("ListOrganizationalUnitsForParent", 5),
        ("ListAccountsForParent", 5),
        ("AssumeRole", 600),
    ];
    let throttles =
        rates.map(|(operation, rate)| (operation.to_owned(), Throttle::per_second(rate)));
    Settings {
        latency: Duration::from_millis(30),
        throttles: throttles.into(),
        ..Settings::default()
    }
}

/// The twelve digits of the account of that number.
#[must_use]
pub fn account(number: usize) -> String {
    format!("{:012}", 600_000_000_000 + number)
}

/// An organization of so many accounts that send, in units, with log groups in four Regions.
#[must_use]
pub fn organization(accounts: usize, settings: Settings) -> Builder {
    let mut builder = Builder::new(settings);
    let mut units = vec![builder.root().to_owned()];
    for number in 1..UNITS {
        let parent = units[(number - 1) / 5].clone();
        units.push(builder.unit(&format!("unit-{number}"), &parent));
    }
    for number in 0..accounts {
        let id = account(number);
        builder.account(&id, &format!("account-{number}"), &units[number % UNITS]);
        for region in REGIONS {
            for (prefix, count) in LOG_GROUPS {
                for group in 0..count {
                    builder.log_group(&id, region, &format!("{prefix}{group}"));
                }
            }
        }
    }
    builder
}

/// What one run of the program took.
#[derive(Debug)]
pub struct Measured {
    /// The verb, and whether it was its first time.
    pub name: String,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Processor time that it used, in seconds.
    pub processor: f64,
    /// Its peak memory, in bytes.
    pub memory: u64,
    /// Calls that were let through, by operation.
    pub calls: BTreeMap<String, usize>,
    /// Calls that were throttled.
    pub throttled: usize,
    /// How long the throttles alone would take with that many accounts at once, in seconds.
    pub least: f64,
    /// The calls themselves.
    pub seen: Vec<Seen>,
}

/// Runs the program and measures. It must end with that exit status.
///
/// # Errors
/// When it doesn't.
pub fn measure(
    scene: &CloudScene,
    name: &str,
    code: i32,
    arguments: &[&str],
    settings: &Settings,
    concurrency: usize,
) -> anyhow::Result<Measured> {
    let (first, started) = (scene.cloud.count(), Instant::now());
    let limit = concurrency.to_string();
    let mut command = scene.bootstrap.command()?;
    command.args(arguments).args(["--concurrency", &limit]);
    command.env("TRIBUTARY_DEADLINE", "180");
    let mut run = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let said = [drain(run.stdout.take()), drain(run.stderr.take())];
    let (ended, used) = watch(&mut run)?;
    let said = said.map(|said| said.join().unwrap_or_default());
    let seconds = started.elapsed().as_secs_f64();
    ensure!(ended == code, "{arguments:?} ended with {ended}: {said:#?}");
    let seen = scene.cloud.calls_since(first);
    let passed = |call: &&Seen| call.outcome != Outcome::Throttled;
    Ok(Measured {
        name: name.to_owned(),
        seconds,
        processor: used.processor,
        memory: used.memory,
        calls: local::cloud::by_operation(seen.iter().filter(passed)),
        throttled: seen.iter().filter(|call| !passed(call)).count(),
        least: least_seconds(&seen, settings, concurrency),
        seen,
    })
}

/// Reads what a program says, so that it never waits for somebody to do so.
fn drain(stream: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut text = String::new();
        if let Some(mut stream) = stream {
            let _ = stream.read_to_string(&mut text);
        }
        text
    })
}

/// What a program used.
#[derive(Debug, Default)]
struct Used {
    /// Seconds.
    processor: f64,
    /// Bytes.
    memory: u64,
}

/// Waits for a program, and returns its exit status and what it used.
fn watch(run: &mut Child) -> anyhow::Result<(i32, Used)> {
    let folder = format!("/proc/{}", run.id());
    let mut used = Used::default();
    loop {
        if let Some(ended) = run.try_wait()? {
            return Ok((ended.code().context("it was stopped by a signal")?, used));
        }
        let text = std::fs::read_to_string(format!("{folder}/status")).unwrap_or_default();
        let peak = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        used.memory = used.memory.max(peak.unwrap_or_default() * 1024);
        // Behind the name in parentheses: the 12th and 13th fields are ticks, a hundred a second.
        let text = std::fs::read_to_string(format!("{folder}/stat")).unwrap_or_default();
        let fields = text
            .rsplit(") ")
            .next()
            .unwrap_or_default()
            .split(' ')
            .skip(11)
            .take(2);
        let ticks = fields
            .filter_map(|field| field.parse::<f64>().ok())
            .sum::<f64>();
        used.processor = used.processor.max(ticks / 100.0);
        thread::sleep(Duration::from_millis(50));
    }
}

/// How long the throttles alone would take, with so many accounts at once and nothing else in the way:
/// what the caller's own account is asked, and then the slowest operation of every account, before its
/// first write and from there on.
fn least_seconds(seen: &[Seen], settings: &Settings, concurrency: usize) -> f64 {
    type Phases<'a> = [BTreeMap<(&'a str, &'a str), u32>; 2];
    let mut accounts: BTreeMap<&str, Phases> = BTreeMap::new();
    for call in seen
        .iter()
        .filter(|call| call.outcome != Outcome::Throttled)
    {
        let phases = accounts.entry(&call.account).or_default();
        let writing = usize::from(!call.reads() || !phases[1].is_empty());
        *phases[writing]
            .entry((&call.region, &call.operation))
            .or_default() += 1;
    }
    let slowest = |calls: &BTreeMap<(&str, &str), u32>| {
        let times = calls.iter().filter_map(|((_, operation), &count)| {
            let throttle = settings.throttles.get(*operation)?;
            Some(((f64::from(count) - throttle.burst) / throttle.rate).max(0.0))
        });
        times.fold(0.0, f64::max)
    };
    let of = |phases: &Phases| phases.iter().map(slowest).sum::<f64>();
    let own = accounts
        .remove(local::cloud::MANAGEMENT)
        .map_or(0.0, |phases| of(&phases));
    let members: Vec<f64> = accounts.values().map(of).collect();
    let longest = members.iter().copied().fold(0.0, f64::max);
    let at_once = u32::try_from(concurrency).map_or(1.0, f64::from);
    own + (members.iter().sum::<f64>() / at_once).max(longest)
}
