//! The stand-ins for AWS start empty, each on a port of its own, and can be wiped.

#![expect(clippy::unwrap_used, reason = "a step that fails fails the test")]

use std::{fs, net::TcpStream, time::Duration};

use local::{http::Http, ministack::Ministack, moto::Moto};

fn http() -> Http {
    Http::new(Duration::from_secs(30))
}

fn put(endpoint: &str, path: &str, body: &[u8]) -> u16 {
    let url = format!("{endpoint}/{path}");
    http().put(&url, "text/plain", body).unwrap().status
}

fn get(endpoint: &str, path: &str) -> u16 {
    http().get(&format!("{endpoint}/{path}")).unwrap().status
}

fn ministack() -> Ministack {
    Ministack::start().unwrap()
}

#[test]
fn ministack_keeps_what_is_put_and_forgets_it_on_reset() {
    let aws = ministack();
    assert_eq!(put(aws.endpoint(), "archive", b""), 200);
    assert_eq!(put(aws.endpoint(), "archive/object", b"text"), 200);
    assert_eq!(get(aws.endpoint(), "archive/object"), 200);
    aws.reset().unwrap();
    assert_eq!(get(aws.endpoint(), "archive/object"), 404);
}

#[test]
fn two_ministacks_run_at_once_and_know_nothing_of_each_other() {
    let (one, other) = (ministack(), ministack());
    assert_ne!(one.endpoint(), other.endpoint());
    assert_eq!(put(one.endpoint(), "archive", b""), 200);
    assert_eq!(put(one.endpoint(), "archive/object", b"text"), 200);
    assert_eq!(get(other.endpoint(), "archive/object"), 404);
}

#[test]
fn a_dropped_ministack_no_longer_listens() {
    let aws = ministack();
    let address = aws.endpoint().trim_start_matches("http://").to_owned();
    assert!(TcpStream::connect(&address).is_ok());
    drop(aws);
    assert!(TcpStream::connect(&address).is_err());
}

#[test]
fn ministack_listens_on_the_loopback_interface_only() {
    let aws = ministack();
    let sockets = format!("/proc/{}/fd", aws.server().pid());
    let owned: Vec<String> = fs::read_dir(sockets)
        .unwrap()
        .filter_map(|entry| fs::read_link(entry.unwrap().path()).ok())
        .filter_map(|link| {
            let link = link.to_str()?.strip_prefix("socket:[")?;
            Some(link.trim_end_matches(']').to_owned())
        })
        .collect();
    let table = fs::read_to_string("/proc/net/tcp").unwrap()
        + &fs::read_to_string("/proc/net/tcp6").unwrap_or_default();
    // Columns of a line: number, local address, remote address, state (0A: listening), ..., inode.
    let listening: Vec<&str> = table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|columns| columns[3] == "0A" && owned.iter().any(|inode| inode == columns[9]))
        .map(|columns| columns[1].split(':').next().unwrap())
        .collect();
    assert_eq!(listening, ["0100007F"], "127.0.0.1, and once");
}

#[test]
fn moto_keeps_what_is_put_and_forgets_it_on_reset() {
    let aws = Moto::start().unwrap();
    assert_eq!(put(aws.endpoint(), "archive", b""), 200);
    assert_eq!(get(aws.endpoint(), "archive"), 200);
    aws.reset().unwrap();
    assert_eq!(get(aws.endpoint(), "archive"), 404);
}
