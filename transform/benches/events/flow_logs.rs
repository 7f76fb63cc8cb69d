//! Flow logs in the default format: a batch is of one network interface.
//!
//! Each line is one of the corpus, with the interface, addresses, ports, sizes and times of others.

use std::net::Ipv4Addr;

use fastrand::Rng;
use serde::Deserialize;

use super::vary::outside;
use super::{BEGIN, Batch, Batches, account};

const CORPUS: &str = include_str!("../../../local/corpus/vpcflow.jsonl");
/// Flow logs grow most: of more records the plain documents would not fit in one answer.
const RECORDS: usize = 45;
const LINES: usize = 100;
const INTERFACES: usize = 60;
/// Of so many lines one says that there was no data.
const NO_DATA: usize = 125;

/// A network interface and who it talks to inside of its network.
struct Interface {
    id: String,
    account: &'static str,
    address: Ipv4Addr,
    peers: Vec<Ipv4Addr>,
}

pub fn batches(rng: &mut Rng) -> Batches {
    let (empty, full): (Vec<_>, Vec<_>) = corpus()
        .into_iter()
        .partition(|fields| fields.ends_with(&["NODATA".to_owned()]));
    let interfaces: Vec<_> = (0..INTERFACES).map(|_| Interface::any(rng)).collect();
    let mut records = 0..RECORDS;
    Box::new(move |rng| {
        records.next()?;
        let interface = &interfaces[rng.usize(..INTERFACES)];
        let begin = BEGIN / 1000 - rng.u64(20..60);
        let messages = (0..LINES)
            .map(|_| {
                let lines = if rng.usize(..NO_DATA) == 0 {
                    &empty
                } else {
                    &full
                };
                let line = lines[rng.usize(..lines.len())].clone();
                interface.line(line, begin, rng)
            })
            .collect();
        Some(Batch {
            owner: interface.account.to_owned(),
            log_group: "/vpc/flow-logs".to_owned(),
            log_stream: format!("{}-all", interface.id),
            messages,
        })
    })
}

impl Interface {
    fn any(rng: &mut Rng) -> Self {
        let network = rng.u8(20..24);
        let mut address = || Ipv4Addr::new(10, network, rng.u8(..12), rng.u8(4..250));
        let (address, peers) = (address(), (0..25).map(|_| address()).collect());
        Self {
            id: format!("eni-0{:016x}", rng.u64(..)),
            account: account(rng),
            address,
            peers,
        }
    }

    /// `fields` of a line of the default format, as of this interface.
    fn line(&self, mut fields: Vec<String>, begin: u64, rng: &mut Rng) -> String {
        let start = begin + rng.u64(..40);
        self.account.clone_into(&mut fields[1]);
        self.id.clone_into(&mut fields[2]);
        fields[10] = start.to_string();
        fields[11] = (start + rng.u64(1..59)).to_string();
        if fields[3] != "-" {
            self.connect(&mut fields, rng);
        }
        fields.join(" ")
    }

    /// Fills in who talks to whom about how much; either side may be the one that answers.
    fn connect(&self, fields: &mut [String], rng: &mut Rng) {
        let other = if rng.u8(..10) < 6 {
            self.peers[rng.usize(..self.peers.len())]
        } else {
            outside(rng)
        };
        let server_port = if rng.u8(..10) < 7 {
            "443"
        } else {
            &fields[6].clone()
        };
        let client_port = rng.u16(32_768..61_000).to_string();
        let (sides, ports) = if rng.bool() {
            ([self.address, other], [&client_port, server_port])
        } else {
            ([other, self.address], [server_port, &client_port])
        };
        for side in 0..2 {
            fields[3 + side] = sides[side].to_string();
            ports[side].clone_into(&mut fields[5 + side]);
        }
        let most_packets = 1 << rng.u32(1..9);
        let packets = rng.u64(1..=most_packets);
        fields[8] = packets.to_string();
        fields[9] = (packets * rng.u64(40..1400)).to_string();
        if other.octets()[0] != 10 && rng.u8(..4) == 0 {
            "REJECT".clone_into(&mut fields[12]);
        }
    }
}

/// The fields of the corpus's lines.
fn corpus() -> Vec<Vec<String>> {
    #[derive(Deserialize)]
    struct Line {
        line: String,
    }
    CORPUS
        .lines()
        .map(|line| serde_json::from_str::<Line>(line).unwrap().line)
        .map(|line| line.split(' ').map(str::to_owned).collect())
        .collect()
}
