//! The dashboards, brought into a Dashboards server by `bootstrap search-setup --dashboards`.
//!
//! Dashboards itself can't be had on these machines: its saved objects API is played by a stand-in that
//! does what the documentation says. What Dashboards draws, only it shows.

use local::dashboards_server::DashboardsServer;
use local::search_gate::Guard;
use serde_json::{Value, json};
use tests::search_setup::Cluster;

type Tested = anyhow::Result<()>;

/// A dashboard of ours.
const OVERVIEW: (&str, &str) = ("dashboard", "tributary-overview");

fn key((kind, id): (&str, &str)) -> (String, String) {
    (kind.to_owned(), id.to_owned())
}

fn scene(test: &str) -> anyhow::Result<Option<(Cluster, DashboardsServer)>> {
    let Some(cluster) = Cluster::start(test, Guard::Nobody)? else {
        return Ok(None);
    };
    Ok(Some((cluster, DashboardsServer::start()?)))
}

fn set_up(
    cluster: &Cluster,
    server: &DashboardsServer,
    code: i32,
    more: &[&str],
) -> anyhow::Result<Value> {
    let dashboards = ["--dashboards", server.endpoint()];
    Ok(cluster.answers(code, &[&dashboards, more].concat())?["dashboards"].clone())
}

/// How many were imported, stay as they are, were removed, were left.
fn counts(done: &Value) -> [u64; 4] {
    let count = |name: &str| done[name].as_u64().unwrap_or(u64::MAX);
    let left = done["left"]
        .as_array()
        .map_or(u64::MAX, |left| left.len() as u64);
    [
        count("imported"),
        count("unchanged"),
        count("removed"),
        left,
    ]
}

/// The overview with another title, as somebody at the screen gives it one.
fn renamed(server: &DashboardsServer) -> Value {
    let mut overview = server.objects()[&key(OVERVIEW)].clone();
    overview["attributes"]["title"] = json!("Mine");
    server.put(overview.clone());
    overview
}

#[test]
fn all_of_them_come_once_and_a_dry_run_brings_none() -> Tested {
    let Some((cluster, server)) = scene("dashboards come once")? else {
        return Ok(());
    };
    let would = set_up(&cluster, &server, 2, &["--dry-run"])?;
    assert_eq!(server.objects().len(), 0);
    let done = set_up(&cluster, &server, 0, &[])?;
    let all = server.objects().len() as u64;
    assert!(all > 20, "only {all}");
    assert_eq!(
        (counts(&would), counts(&done)),
        ([all, 0, 0, 0], [all, 0, 0, 0])
    );
    assert_eq!(
        (&done["standing_version"], &done["version"]),
        (&Value::Null, &json!(1))
    );
    let overview = &server.objects()[&key(OVERVIEW)];
    let said = overview["attributes"]["description"].as_str();
    assert!(
        said.is_some_and(|said| said.ends_with("(Tributary, version 1)")),
        "{overview}"
    );
    assert_eq!(counts(&set_up(&cluster, &server, 0, &[])?), [0, all, 0, 0]);
    Ok(())
}

#[test]
fn what_somebody_changed_stays_until_force_or_a_newer_version() -> Tested {
    let Some((cluster, server)) = scene("changed dashboards")? else {
        return Ok(());
    };
    let theirs = json!({"type": "dashboard", "id": "mine", "attributes": {"title": "My own"}, "references": []});
    server.put(theirs.clone());
    set_up(&cluster, &server, 0, &[])?;
    let all = server.objects().len() as u64 - 1;
    let mut changed = renamed(&server);
    let done = set_up(&cluster, &server, 0, &[])?;
    assert_eq!(counts(&done), [0, all - 1, 0, 1]);
    assert_eq!(done["left"], json!(["dashboard tributary-overview"]));
    assert_eq!(server.objects()[&key(OVERVIEW)], changed);
    let ran = cluster.ends(0, &["--dashboards", server.endpoint()])?;
    assert!(
        ran.stdout
            .contains("1 saved object is not as this version imports it"),
        "{ran:#?}"
    );
    assert_eq!(
        counts(&set_up(&cluster, &server, 0, &["--force"])?),
        [1, all - 1, 0, 0]
    );
    assert_ne!(
        server.objects()[&key(OVERVIEW)]["attributes"]["title"],
        "Mine"
    );
    // All of an older version: what it had is replaced.
    for mut object in server.objects().into_values() {
        if let Some(description) = object.pointer_mut("/attributes/description") {
            let said = description.as_str().unwrap_or_default();
            *description = json!(said.replace("(Tributary, version 1)", "(Tributary, version 0)"));
            server.put(object);
        }
    }
    changed = renamed(&server);
    assert_eq!(changed["attributes"]["title"], "Mine");
    let done = set_up(&cluster, &server, 0, &[])?;
    assert_eq!(done["standing_version"], 0);
    assert_eq!(done["left"], json!([]));
    assert_ne!(
        server.objects()[&key(OVERVIEW)]["attributes"]["title"],
        "Mine"
    );
    assert_eq!(server.objects()[&key(("dashboard", "mine"))], theirs);
    Ok(())
}

#[test]
fn taking_away_leaves_what_is_not_ours_or_was_changed() -> Tested {
    let Some((cluster, server)) = scene("dashboards go")? else {
        return Ok(());
    };
    server.put(json!({"type": "dashboard", "id": "mine", "attributes": {"title": "My own"}}));
    set_up(&cluster, &server, 0, &[])?;
    renamed(&server);
    let all = server.objects().len() as u64 - 1;
    let done = set_up(&cluster, &server, 0, &["--remove", "--yes"])?;
    assert_eq!(counts(&done), [0, 0, all - 1, 1]);
    let left: Vec<_> = server.objects().into_keys().map(|(_, id)| id).collect();
    assert_eq!(left, ["mine", "tributary-overview"]);
    Ok(())
}

/// The overview as of another version.
fn of_version(server: &DashboardsServer, version: u64) {
    let mut overview = server.objects()[&key(OVERVIEW)].clone();
    let description = &mut overview["attributes"]["description"];
    let said = description.as_str().unwrap_or_default();
    *description = json!(said.replace("version 1)", &format!("version {version})")));
    server.put(overview);
}

#[test]
fn a_newer_version_is_told_and_nothing_is_imported_beside_it() -> Tested {
    let Some((cluster, server)) = scene("newer dashboards")? else {
        return Ok(());
    };
    set_up(&cluster, &server, 0, &[])?;
    let all = server.objects().len() as u64;
    of_version(&server, 9);
    server.forget(&key(("dashboard", "tributary-account")));
    let before = server.objects();
    let dashboards = ["--dashboards", server.endpoint()];
    let answer = cluster.answers(0, &dashboards)?;
    let done = &answer["dashboards"];
    assert_eq!(counts(done), [0, all - 2, 0, 0]);
    assert_eq!(done["newer"], json!(["dashboard tributary-overview"]));
    assert_eq!(done["standing_version"], 9);
    let notes = answer["notes"].to_string();
    assert!(
        notes.contains("newer bootstrap") && !notes.contains("changed"),
        "{notes}"
    );
    assert_eq!(server.objects(), before);
    assert_eq!(
        counts(&set_up(&cluster, &server, 0, &["--force"])?),
        [2, all - 2, 0, 0]
    );
    Ok(())
}

#[test]
fn a_cluster_of_a_newer_version_gets_no_saved_objects_either() -> Tested {
    let Some((cluster, server)) = scene("dashboards of a newer cluster")? else {
        return Ok(());
    };
    let newer = json!({"version": 99, "_meta": {"managed_by": "tributary"}, "template": {}});
    cluster.put("_component_template/tributary-ecs", &newer)?;
    let ran = cluster.ends(0, &["--dashboards", server.endpoint()])?;
    assert!(ran.stdout.contains("nothing was put"), "{ran:#?}");
    for words in ["saved objects", "Next:", "An index is"] {
        assert!(!ran.stdout.contains(words), "{words}: {ran:#?}");
    }
    assert_eq!(server.objects().len(), 0);
    set_up(&cluster, &server, 0, &["--force"])?;
    assert!(!server.objects().is_empty());
    Ok(())
}

#[test]
fn objects_of_another_version_are_not_taken_away_without_force() -> Tested {
    let Some((cluster, server)) = scene("other dashboards go")? else {
        return Ok(());
    };
    set_up(&cluster, &server, 0, &[])?;
    of_version(&server, 0);
    let done = set_up(&cluster, &server, 0, &["--remove", "--yes"])?;
    assert_eq!(done["left"], json!(["dashboard tributary-overview"]));
    set_up(&cluster, &server, 0, &["--remove", "--yes", "--force"])?;
    assert_eq!(server.objects().len(), 0);
    Ok(())
}

#[test]
fn index_patterns_that_were_only_looked_into_are_unchanged_and_go() -> Tested {
    let Some((cluster, server)) = scene("used dashboards")? else {
        return Ok(());
    };
    set_up(&cluster, &server, 0, &[])?;
    let all = server.objects().len() as u64;
    server.look_into_index_patterns();
    assert_eq!(counts(&set_up(&cluster, &server, 0, &[])?), [0, all, 0, 0]);
    let gone = set_up(&cluster, &server, 0, &["--remove", "--yes"])?;
    assert_eq!(counts(&gone), [0, 0, all, 0]);
    Ok(())
}

#[test]
fn they_come_where_everybody_sees_them_unless_another_tenant_is_named() -> Tested {
    let Some(cluster) = Cluster::start("tenants", Guard::Nobody)? else {
        return Ok(());
    };
    let tenants = |more: &[&str]| {
        let server = DashboardsServer::start()?;
        set_up(&cluster, &server, 0, more)?;
        anyhow::Ok(server.tenants().into_iter().collect::<Vec<_>>())
    };
    assert_eq!(tenants(&[])?, ["global"]);
    assert_eq!(tenants(&["--tenant", "team"])?, ["team"]);
    Ok(())
}

#[test]
fn an_import_that_fails_is_told_beside_what_was_put_into_the_cluster() -> Tested {
    let Some((cluster, server)) = scene("a failed import")? else {
        return Ok(());
    };
    server.refuse_imports();
    let ran = cluster.ends(1, &["--dashboards", server.endpoint()])?;
    for words in [
        "created",
        "saved objects",
        "failed",
        "! saved objects: ",
        "no space left",
    ] {
        assert!(ran.stdout.contains(words), "{words}: {ran:#?}");
    }
    assert!(!ran.stdout.contains("Next:"), "{ran:#?}");
    let done = set_up(&cluster, &server, 1, &[])?;
    assert_eq!(counts(&done), [0, 0, 0, 0]);
    assert!(
        done["failed"].as_str().is_some_and(|it| it.contains("500")),
        "{done}"
    );
    Ok(())
}

#[test]
fn an_address_without_dashboards_is_told() -> Tested {
    let Some(cluster) = Cluster::start("no dashboards", Guard::Nobody)? else {
        return Ok(());
    };
    let url = cluster.url().to_owned();
    let ran = cluster.ends(1, &["--dashboards", &url])?;
    assert!(ran.stderr.contains("no Dashboards server"), "{ran:#?}");
    assert_eq!(cluster.changes(), Vec::<String>::new());
    Ok(())
}
