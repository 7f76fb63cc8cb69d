use super::*;

fn sending(lines: &[u32]) -> Entry {
    Entry::Sending {
        at: "2026-01-01T00:00:00Z".to_owned(),
        object: "o".to_owned(),
        name: "s3://b/o".to_owned(),
        to: "arn".to_owned(),
        lines: lines.to_vec(),
    }
}

fn answered(sent: &[u32], refused: &[u32]) -> Entry {
    Entry::Answered {
        object: "o".to_owned(),
        sent: sent.to_vec(),
        refused: refused.to_vec(),
        why: String::new(),
    }
}

#[test]
fn what_was_sent_is_known_after_the_program_ended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let mut journal = Journal::open(&path).unwrap();
    journal.write(&sending(&[1, 2, 3])).unwrap();
    journal.write(&answered(&[1, 3], &[2])).unwrap();
    journal.write(&sending(&[2, 4])).unwrap();
    drop(journal);
    let states = Journal::open(&path).unwrap().states("o");
    assert_eq!((&states[&1], &states[&3]), (&State::Sent, &State::Sent));
    assert!(matches!(states[&2], State::Unknown(_)));
    assert!(matches!(states[&4], State::Unknown(_)));
    assert_eq!(Journal::look(&path).unwrap()["o"], states);
}

#[test]
fn a_line_that_was_cut_off_was_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let mut journal = Journal::open(&path).unwrap();
    journal.write(&sending(&[1])).unwrap();
    journal.write(&answered(&[1], &[])).unwrap();
    drop(journal);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 3]).unwrap();
    let mut journal = Journal::open(&path).unwrap();
    assert!(matches!(journal.states("o")[&1], State::Unknown(_)));
    journal.write(&answered(&[1], &[])).unwrap();
    drop(journal);
    assert_eq!(
        std::fs::read(&path).unwrap(),
        whole,
        "nothing is glued to it"
    );
}

#[test]
fn a_journal_whose_first_line_was_cut_off_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    drop(Journal::open(&path).unwrap());
    let whole = std::fs::read(&path).unwrap();
    for bytes in 0..whole.len() {
        std::fs::write(&path, &whole[..bytes]).unwrap();
        assert!(Journal::look(&path).unwrap().is_empty());
        drop(Journal::open(&path).unwrap());
        assert_eq!(std::fs::read(&path).unwrap(), whole);
    }
}

#[test]
fn two_runs_at_once_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let _first = Journal::open(&path).unwrap();
    assert!(matches!(Journal::open(&path), Err(Error::Locked(_))));
}

#[test]
fn another_file_is_no_journal_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    for text in [
        "hello\n",
        "hello",
        "{\"a\":1}",
        "{\"event\":\"journal\",\"version\":2}\n",
    ] {
        std::fs::write(&path, text).unwrap();
        assert!(Journal::look(&path).is_err(), "{text}");
        std::fs::write(&path, text).unwrap();
        let error = Journal::open(&path).unwrap_err();
        assert!(matches!(error, Error::NoJournal { line: 1, .. }), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
}
