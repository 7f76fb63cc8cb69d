//! The lines of the accounts that sent.
#![allow(clippy::unwrap_used)]

mod common;

use common::rounds::{function, invoke, with_output};
use common::streams::Remembering;
use common::{control_message, data_message, event, gzip, lines};
use transform::settings::{Output, Settings};

/// A payload of that account.
fn of(account: &str, messages: usize) -> Vec<u8> {
    let text = data_message(0, &lines(messages)).replace("333333333333", account);
    assert!(text.contains(account));
    gzip(text.as_bytes())
}

async fn told(count_accounts: bool, records: &[Vec<u8>]) -> Vec<String> {
    let settings = Settings {
        count_accounts,
        ..with_output(Output::NdjsonGzip)
    };
    let mut function = function(settings, Remembering::default());
    let (first, _) = invoke(&mut function, &event(records)).await;
    let (second, _) = invoke(&mut function, &event(records)).await;
    assert_eq!(first.notices, second.notices, "nothing is carried over");
    first.notices
}

#[tokio::test]
async fn each_account_that_sent_has_a_line_with_its_events() {
    let records = [
        of("444444444444", 2),
        of("111111111111", 3),
        of("444444444444", 1),
        gzip(control_message().as_bytes()),
        of("no account.\"", 1),
        of("1111111111112", 1),
        b"no gzip".to_vec(),
    ];
    assert_eq!(
        told(true, &records).await,
        [
            r#"{"Account":"111111111111","Events":3}"#,
            r#"{"Account":"444444444444","Events":3}"#
        ]
    );
}

#[tokio::test]
async fn without_the_setting_no_account_is_told() {
    assert!(told(false, &[of("444444444444", 2)]).await.is_empty());
}

#[tokio::test]
async fn an_event_that_is_gone_through_twice_is_counted_once() {
    // So many that the first ones could take all of the room.
    let records: Vec<_> = (0..3).map(|_| of("444444444444", 40_000)).collect();
    let settings = Settings {
        count_accounts: true,
        ..with_output(Output::Ndjson)
    };
    let mut function = function(settings, Remembering::default());
    let (done, _) = invoke(&mut function, &event(&records)).await;
    assert_eq!(
        done.notices,
        [r#"{"Account":"444444444444","Events":120000}"#]
    );
}
