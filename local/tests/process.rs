//! A server stops with everything it started, whatever becomes of the process that started it.

#![expect(clippy::unwrap_used, reason = "a step that fails fails the test")]

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use local::process::{Server, free_port, guarded};

const DEADLINE: Duration = Duration::from_secs(10);

/// Starts a shell that ignores SIGTERM, as does its child; returns it and the child's process id.
fn stubborn_server() -> (Server, u32) {
    let mut command = guarded("/bin/sh");
    command.args(["-c", "trap '' TERM; sleep 300 & echo child $!; wait; wait"]);
    let mut server = Server::start("stubborn", command).unwrap();
    let log = server.log().to_owned();
    let printed = || fs::read_to_string(&log).is_ok_and(|text| text.ends_with('\n'));
    server.wait_until(DEADLINE, printed, |_| ()).unwrap();
    let child = child_in(&log);
    (server, child)
}

fn child_in(log: &Path) -> u32 {
    let text = fs::read_to_string(log).unwrap();
    text.trim().strip_prefix("child ").unwrap().parse().unwrap()
}

fn runs(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // A zombie has ended; nobody has asked for its status yet.
    !status.is_empty() && !status.contains(") Z ")
}

fn ends(pid: u32) -> bool {
    let start = Instant::now();
    while runs(pid) && start.elapsed() < DEADLINE {
        thread::sleep(Duration::from_millis(10));
    }
    !runs(pid)
}

#[test]
fn a_dropped_server_takes_its_own_children_with_it() {
    let (server, child) = stubborn_server();
    let pid = server.pid();
    assert!(runs(pid) && runs(child));
    drop(server);
    assert!(ends(pid) && ends(child));
}

#[test]
fn a_panic_stops_the_server() {
    let mut pids = (0, 0);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let (server, child) = stubborn_server();
        pids = (server.pid(), child);
        assert!(runs(server.pid()) && runs(child));
        panic!("a test fails while the server runs");
    }));
    assert!(outcome.is_err());
    assert!(pids.0 != 0 && ends(pids.0) && ends(pids.1));
}

/// Set in the process that the test below starts of itself: there, it waits with a server to be killed.
const PARENT: &str = "TRIBUTARY_TEST_PARENT";

#[test]
fn a_killed_parent_leaves_no_server_behind() {
    if std::env::var_os(PARENT).is_some() {
        let (server, child) = stubborn_server();
        println!("pids {} {child}", server.pid());
        return thread::sleep(DEADLINE * 6);
    }
    let scratch = local::layout::Scratch::new("killed-parent").unwrap();
    let output = scratch.path().join("output");
    let mut parent = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "a_killed_parent_leaves_no_server_behind",
            "--nocapture",
        ])
        .env(PARENT, "1")
        .stdout(fs::File::create(&output).unwrap())
        .spawn()
        .unwrap();
    let start = Instant::now();
    let pids = loop {
        assert!(start.elapsed() < DEADLINE, "the parent started no server");
        let text = fs::read_to_string(&output).unwrap();
        // The test runner can have written its own words before them on the line.
        let pids = text.split_once("pids ").and_then(|(_, rest)| {
            let (line, _) = rest.split_once('\n')?;
            let (server, child) = line.split_once(' ')?;
            Some((server.parse().ok()?, child.parse().ok()?))
        });
        match pids {
            Some(pids) => break pids,
            None => thread::sleep(Duration::from_millis(10)),
        }
    };
    let (server, child): (u32, u32) = pids;
    assert!(runs(server) && runs(child));
    parent.kill().unwrap();
    parent.wait().unwrap();
    assert!(ends(server) && ends(child));
}

#[test]
fn a_server_outlives_the_thread_that_started_it() {
    let server = thread::spawn(|| stubborn_server().0).join().unwrap();
    thread::sleep(Duration::from_millis(200));
    assert!(runs(server.pid()));
}

#[test]
fn a_program_that_ends_at_once_is_reported_with_its_last_words() {
    let mut command = guarded("/bin/sh");
    command.args(["-c", "echo the port is taken >&2; exit 3"]);
    let mut server = Server::start("short-lived", command).unwrap();
    let error = server.wait_until(DEADLINE, || false, |_| ()).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("exit status: 3"), "{text}");
    assert!(text.contains("the port is taken"), "{text}");
}

#[test]
fn a_server_that_never_gets_ready_is_given_up_after_the_deadline() {
    let mut command = guarded("sleep");
    command.arg("300");
    let mut server = Server::start("silent", command).unwrap();
    let mut waits = 0;
    let error = server
        .wait_until(Duration::from_millis(100), || false, |_| waits += 1)
        .unwrap_err();
    assert!(error.to_string().contains("was not ready within 100ms"));
    assert!(waits > 0, "progress is reported while waiting");
}

#[test]
fn two_free_ports_can_be_listened_on() {
    let first = free_port().unwrap();
    let listener = std::net::TcpListener::bind(("127.0.0.1", first)).unwrap();
    let second = free_port().unwrap();
    assert_ne!(listener.local_addr().unwrap().port(), second);
}
