//! Throw-away folders go, whatever became of the process that made them.

use std::{fs, process::Command};

use local::layout::{Scratch, local_dir};

#[test]
fn a_dropped_folder_is_removed_with_all_that_is_in_it() {
    let scratch = Scratch::new("full").unwrap();
    let path = scratch.path().to_owned();
    fs::create_dir(path.join("inner")).unwrap();
    fs::write(path.join("inner/file"), "text").unwrap();
    drop(scratch);
    assert!(!path.exists());
}

#[test]
fn two_folders_of_one_name_are_two() {
    let (one, other) = (Scratch::new("same").unwrap(), Scratch::new("same").unwrap());
    assert_ne!(one.path(), other.path());
    assert!(one.path().is_dir() && other.path().is_dir());
}

#[test]
fn what_a_dead_process_left_is_removed_and_what_a_live_one_has_stays() {
    let mut ended = Command::new("true").spawn().unwrap();
    ended.wait().unwrap();
    let left = local_dir().join(format!("run/left-{}-0", ended.id()));
    fs::create_dir_all(left.join("data")).unwrap();
    let live = Scratch::new("live").unwrap();
    let _next = Scratch::new("next").unwrap();
    assert!(!left.exists());
    assert!(live.path().is_dir());
}
