//! When the catalog is read, and what is said, with the time moved by hand.

use std::path::Path;

use super::*;
use crate::envelope::{Envelope, LogEvent, MessageType};

const NEVER: Deadline = Deadline::NONE;
const USED_FOR: Duration = Duration::from_mins(15);

/// A keeper of the catalog at `path`, with what it gives the catalog to.
struct Scene {
    keeper: Keeper,
    reshaper: Reshaper,
}

impl Scene {
    fn at(path: &Path) -> Self {
        Self {
            keeper: Keeper::new(Some(Location::File(path.to_owned())), USED_FOR),
            reshaper: Reshaper::default(),
        }
    }

    /// The state and the notices of an invocation that needs the catalog.
    async fn invocation(&mut self) -> (State, Vec<String>) {
        self.keeper.begin();
        self.keeper.need(NEVER, &mut self.reshaper).await;
        self.keeper.need(NEVER, &mut self.reshaper).await;
        (self.keeper.state().unwrap(), self.keeper.notices())
    }

    /// As if the time to look for it again had come.
    fn wait(&mut self) {
        self.keeper.catalog.as_mut().unwrap().next = None;
    }

    fn pause(&self) -> Duration {
        let next = self.keeper.catalog.as_ref().unwrap().next.unwrap();
        next.duration_since(SystemTime::now()).unwrap()
    }

    fn document(&mut self) -> String {
        let event = LogEvent {
            raw: b"",
            id: b"1",
            timestamp: Some(0),
            message: b"line",
            plainly_escaped: true,
            account: b"",
            region: b"",
        };
        let envelope = Envelope {
            message_type: MessageType::Data,
            owner: b"333333333333",
            log_group: b"/vpc",
            log_stream: b"",
            events: Vec::new(),
            head: b"",
            tail: b"",
        };
        let mut out = Vec::new();
        self.reshaper.document(&envelope, &event, &mut out);
        String::from_utf8(out).unwrap()
    }
}

fn catalog(name: &str, format: &str) -> String {
    format!(
        r#"{{"kind":"tributary-catalog","version":1,"accounts":{{"333333333333":{{"name":"{name}"}}}},"flow_log_formats":[{{"log_group":"/x","format":"{format}"}}]}}"#
    )
}

/// A path of its own, where there is nothing yet.
fn path(name: &str) -> std::path::PathBuf {
    let path = std::env::temp_dir().join(format!("catalog-{}-{name}.json", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path
}

#[tokio::test]
async fn a_change_is_seen_when_the_time_has_come_and_not_before() {
    let path = path("change");
    std::fs::write(&path, catalog("shop", "version")).unwrap();
    let mut scene = Scene::at(&path);
    let (state, notices) = scene.invocation().await;
    assert_eq!(
        (state.missing, state.stale, state.age),
        (false, false, Some(0))
    );
    assert!(notices.is_empty() && scene.document().contains("shop"));
    assert!(scene.pause() > Duration::from_mins(14));
    std::fs::write(&path, catalog("another shop", "version")).unwrap();
    scene.invocation().await;
    assert!(!scene.document().contains("another"));
    scene.wait();
    scene.invocation().await;
    assert!(scene.document().contains("another shop"));
    std::fs::remove_file(path).unwrap();
}

#[tokio::test]
async fn the_last_one_stays_in_use_while_it_can_not_be_read_and_each_change_is_one_line() {
    let path = path("gone");
    std::fs::write(&path, catalog("shop", "version")).unwrap();
    let mut scene = Scene::at(&path);
    scene.invocation().await;
    std::fs::remove_file(&path).unwrap();
    scene.wait();
    let (state, notices) = scene.invocation().await;
    assert_eq!((state.missing, state.stale), (false, true));
    assert_eq!(notices.len(), 1);
    assert!(notices[0].contains("stays in use"), "{notices:?}");
    assert!(scene.document().contains("shop"));
    for _ in 0..3 {
        scene.wait();
        let (state, notices) = scene.invocation().await;
        assert!(state.stale && notices.is_empty(), "{notices:?}");
    }
    std::fs::write(&path, "no catalog").unwrap();
    scene.wait();
    let (_, notices) = scene.invocation().await;
    assert!(
        notices[0].contains("no catalog of Tributary"),
        "{notices:?}"
    );
    std::fs::write(&path, catalog("renamed", "version")).unwrap();
    scene.wait();
    let (state, notices) = scene.invocation().await;
    assert!(!state.stale && scene.document().contains("renamed"));
    assert!(
        notices.len() == 1 && notices[0].contains("can be read again"),
        "{notices:?}"
    );
    std::fs::remove_file(path).unwrap();
}

#[tokio::test]
async fn failures_make_the_pauses_longer() {
    let mut scene = Scene::at(&path("pauses"));
    let mut pauses = Vec::new();
    for _ in 0..8 {
        scene.wait();
        let (state, _) = scene.invocation().await;
        assert!(state.missing && state.age.is_none());
        pauses.push(scene.pause().as_secs_f64().round());
    }
    assert_eq!(
        pauses,
        [30.0, 60.0, 120.0, 240.0, 480.0, 900.0, 900.0, 900.0]
    );
}

#[tokio::test]
async fn a_format_that_can_not_be_used_is_counted_and_told_once() {
    let path = path("formats");
    std::fs::write(&path, catalog("shop", "version bogus")).unwrap();
    let mut scene = Scene::at(&path);
    let (state, notices) = scene.invocation().await;
    assert_eq!(state.left_out, 1);
    assert!(
        notices[0].contains("\"/x\"") && notices[0].contains("bogus"),
        "{notices:?}"
    );
    std::fs::write(&path, catalog("other shop", "version bogus")).unwrap();
    scene.wait();
    let (state, notices) = scene.invocation().await;
    assert_eq!((state.left_out, notices), (1, vec![]));
    assert!(scene.document().contains("other shop"));
    std::fs::remove_file(path).unwrap();
}

#[tokio::test]
async fn what_is_no_file_is_not_waited_for() {
    let mut scene = Scene::at(Path::new("/dev/zero"));
    let (state, notices) = scene.invocation().await;
    assert!(
        state.missing && notices[0].contains("no regular file"),
        "{notices:?}"
    );
}

#[tokio::test]
async fn without_time_it_is_left_for_the_next_invocation() {
    let path = path("time");
    std::fs::write(&path, catalog("shop", "version")).unwrap();
    let mut scene = Scene::at(&path);
    let over = Deadline::after(Duration::ZERO);
    scene.keeper.need(over, &mut scene.reshaper).await;
    assert!(scene.keeper.state().unwrap().missing);
    assert!(scene.keeper.notices().is_empty());
    let (state, _) = scene.invocation().await;
    assert!(!state.missing);
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_clock_that_was_set_back_does_not_put_it_off() {
    let mut kept = Keeper::new(Some(Location::File("/x".into())), USED_FOR)
        .catalog
        .unwrap();
    let now = SystemTime::now();
    kept.next = Some(now + Duration::from_mins(5));
    assert!(!kept.is_due(now));
    assert!(kept.is_due(now + Duration::from_mins(5)));
    assert!(kept.is_due(now - Duration::from_hours(5)));
}
