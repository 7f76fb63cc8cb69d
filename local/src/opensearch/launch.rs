//! Starting the OpenSearch that `make setup` fetched.
//!
//! The server is started without its shell script, which would start two more Java machines first,
//! and with settings, data and logs in a folder of its own, so that the fetched files stay as they are.

use std::{
    fs, io,
    os::unix::fs::{MetadataExt, chown},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use rustix::process::geteuid;

use super::{ANSWER_WITHIN, OpenSearch, READY_WITHIN, Unavailable};
use crate::{
    http::Http,
    layout::{Scratch, local_dir},
    process::{Server, free_port, guarded},
};

/// 512 MiB of heap and what Java needs beside it.
const MEMORY_NEEDED: u64 = 1_000 * 1024 * 1024;
/// The user `nobody`: OpenSearch refuses to run as root.
const NOBODY: u32 = 65534;

/// The server's own folders.
const FOLDERS: [&str; 4] = ["config", "data", "logs", "tmp"];

/// What OpenSearch's own start script passes, less what only a production server needs.
const JAVA_OPTIONS: [&str; 16] = [
    "-Xms512m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-Xshare:auto",
    "-Xss1m",
    "-XX:-OmitStackTraceInFastThrow",
    "-Dfile.encoding=UTF-8",
    "-Djava.awt.headless=true",
    "-Djna.nosys=true",
    "-Dio.netty.noUnsafe=true",
    "-Dio.netty.noKeySetOptimization=true",
    "-Dio.netty.recycler.maxCapacityPerThread=0",
    "-Dlog4j.shutdownHookEnabled=false",
    "-Dlog4j2.disable.jmx=true",
    "-Dorg.apache.lucene.store.MMapDirectory.sharedArenaMaxPermits=1",
    "-javaagent:agent/opensearch-agent.jar",
];

const LOGGING: &str = "\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%c{1.}] %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
";

pub(super) fn start(waiting: impl FnMut(Duration)) -> Result<OpenSearch, Unavailable> {
    let installed = Installed::find()?;
    check_memory()?;
    launch(&installed, waiting).map_err(|error| Unavailable::because(format!("{error:#}")))
}

fn launch(installed: &Installed, waiting: impl FnMut(Duration)) -> anyhow::Result<OpenSearch> {
    let scratch = Scratch::new("opensearch")?;
    let port = free_port()?;
    write_settings(scratch.path(), port)?;
    let command = command(installed, scratch.path());
    let mut server = Server::start("opensearch", command)?;
    let url = format!("http://127.0.0.1:{port}");
    let health = format!("{url}/_cluster/health?wait_for_status=yellow&timeout=1s");
    let http = Http::new(ANSWER_WITHIN);
    let ready = || http.get(&health).is_ok_and(|reply| reply.is_success());
    server.wait_until(READY_WITHIN, ready, waiting)?;
    Ok(OpenSearch {
        url,
        server: Some(server),
        _scratch: Some(scratch),
    })
}

/// What `make setup` left behind.
struct Installed {
    home: PathBuf,
    java_home: PathBuf,
}

impl Installed {
    fn find() -> Result<Self, Unavailable> {
        let folder = local_dir().join("opensearch");
        if let Ok(reason) = fs::read_to_string(folder.join("UNAVAILABLE")) {
            return Err(Unavailable::because(reason.trim()));
        }
        let java_home = fs::read_to_string(folder.join("JAVA_HOME"));
        match (unpacked(&folder), java_home) {
            (Some(home), Ok(java_home)) if folder.join("INSTALLED").exists() => Ok(Self {
                home,
                java_home: PathBuf::from(java_home.trim()),
            }),
            _ => Err(Unavailable::because(
                "it is not installed; run `make setup` first",
            )),
        }
    }
}

fn unpacked(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?;
    let mut folders = entries.filter_map(|entry| Some(entry.ok()?.path()));
    folders.find(|path| path.join("lib").is_dir())
}

/// Where the system does not tell its free memory, the server is tried all the same.
fn check_memory() -> Result<(), Unavailable> {
    let table = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let available = table.lines().find_map(|line| {
        let kibibytes = line.strip_prefix("MemAvailable:")?.trim();
        kibibytes.strip_suffix(" kB")?.parse::<u64>().ok()
    });
    match available.map(|kibibytes| kibibytes * 1024) {
        Some(bytes) if bytes < MEMORY_NEEDED => Err(Unavailable::because(format!(
            "too little memory: {} MiB are free, {} MiB are needed",
            bytes / 1024 / 1024,
            MEMORY_NEEDED / 1024 / 1024
        ))),
        _ => Ok(()),
    }
}

fn write_settings(folder: &Path, port: u16) -> io::Result<()> {
    let settings = format!(
        "cluster.name: local\n\
         discovery.type: single-node\n\
         network.host: 127.0.0.1\n\
         http.port: {port}\n\
         transport.port: 0\n\
         path.data: {data}\n\
         path.logs: {logs}\n\
         node.store.allow_mmap: false\n\
         cluster.routing.allocation.disk.threshold_enabled: false\n",
        data = folder.join("data").display(),
        logs = folder.join("logs").display(),
    );
    for name in FOLDERS {
        fs::create_dir(folder.join(name))?;
    }
    let config = folder.join("config");
    fs::write(config.join("opensearch.yml"), settings)?;
    fs::write(config.join("log4j2.properties"), LOGGING)?;
    if geteuid().is_root() {
        give_to_nobody(folder)?;
    }
    Ok(())
}

fn give_to_nobody(path: &Path) -> io::Result<()> {
    chown(path, Some(NOBODY), Some(NOBODY))?;
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            give_to_nobody(&entry?.path())?;
        }
    }
    Ok(())
}

fn command(installed: &Installed, scratch: &Path) -> Command {
    let java = installed.java_home.join("bin/java");
    let mut command = if geteuid().is_root() {
        let mut command = guarded("setpriv");
        command.args([
            format!("--reuid={NOBODY}"),
            format!("--regid={NOBODY}"),
            "--clear-groups".to_owned(),
        ]);
        if ![&installed.home, &installed.java_home, scratch]
            .iter()
            .all(|path: &&Path| open_to_others(path))
        {
            // The project lies in a folder that is closed to others, root's home for example. The
            // server may read everything then, and still writes only what is its own.
            command.args([
                "--securebits=+no_setuid_fixup",
                "--inh-caps=+dac_read_search",
                "--ambient-caps=+dac_read_search",
            ]);
        }
        command.arg(java);
        command
    } else {
        guarded(java)
    };
    let option = |name: &str, path: &Path| format!("-D{name}={}", path.display());
    command
        .args(JAVA_OPTIONS)
        .arg(option("java.io.tmpdir", &scratch.join("tmp")))
        .arg(option("opensearch.path.home", &installed.home))
        .arg(option("opensearch.path.conf", &scratch.join("config")))
        .args(["-Dopensearch.distribution.type=zip", "-cp", "lib/*"])
        .arg("org.opensearch.bootstrap.OpenSearch")
        .env_remove("JAVA_TOOL_OPTIONS")
        .current_dir(&installed.home);
    command
}

/// Returns whether other users can list the folder and reach it.
fn open_to_others(path: &Path) -> bool {
    let allows = |path: &Path, bits: u32| {
        fs::metadata(path).is_ok_and(|metadata| metadata.mode() & bits == bits)
    };
    allows(path, 0o5) && path.ancestors().all(|folder| allows(folder, 0o1))
}
