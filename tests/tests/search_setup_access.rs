//! Who sets a cluster up, and over which way: passwords, signatures, certificates, and what is said to
//! somebody who doesn't get through.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::Context;
use local::layout::{project_root, python_program};
use local::search_gate::{Guard, Keys};
use serde_json::json;
use tests::search_setup::{ACCESS_KEY, Cluster, SECRET_KEY, ends};

type Tested = anyhow::Result<()>;

const PASSWORD: &str = "TRIBUTARY_SEARCH_PASSWORD";

fn password() -> Guard {
    Guard::Password {
        user: "admin".to_owned(),
        password: "pass:wörd".to_owned(),
    }
}

fn signature(secret_key: &str, region: &str, service: &str) -> Guard {
    Guard::Signature(Keys {
        access_key: ACCESS_KEY.to_owned(),
        secret_key: secret_key.to_owned(),
        region: region.to_owned(),
        service: service.to_owned(),
    })
}

#[test]
fn a_user_comes_in_with_the_password_from_a_variable_or_a_file() -> Tested {
    let Some(cluster) = Cluster::start("a password", password())? else {
        return Ok(());
    };
    let url = cluster.gate.endpoint();
    let user = ["--user", "admin"];
    let nobody = ends(url, 1, &[], &[])?;
    assert!(
        nobody.stderr.contains("401") && nobody.stderr.contains("--user NAME"),
        "{nobody:#?}"
    );
    let unsaid = ends(url, 1, &user, &[])?;
    assert!(unsaid.stderr.contains(PASSWORD), "{unsaid:#?}");
    let wrong = ends(url, 1, &user, &[(PASSWORD, "wrong")])?;
    assert!(
        wrong.stderr.contains("User or password is wrong"),
        "{wrong:#?}"
    );
    assert_eq!(cluster.changes(), Vec::<String>::new());
    let known = ends(url, 0, &user, &[(PASSWORD, "pass:wörd")])?;
    assert!(!known.said().contains("without any password"), "{known:#?}");
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("password");
    fs::write(&file, "pass:wörd\n")?;
    ends(
        url,
        0,
        &[
            "--user",
            "admin",
            "--password-file",
            &file.to_string_lossy(),
        ],
        &[],
    )?;
    Ok(())
}

#[test]
fn a_cluster_that_asks_nobody_for_a_password_is_told() -> Tested {
    let Some(cluster) = Cluster::start("an open cluster", Guard::Nobody)? else {
        return Ok(());
    };
    let ran = ends(
        cluster.gate.endpoint(),
        0,
        &["--user", "admin"],
        &[(PASSWORD, "x")],
    )?;
    assert!(
        ran.stdout
            .contains("! The cluster answers without any password"),
        "{ran:#?}"
    );
    Ok(())
}

#[test]
fn requests_are_signed_for_the_service_and_the_region() -> Tested {
    let Some(cluster) = Cluster::start("a domain", signature(SECRET_KEY, "eu-central-1", "es"))?
    else {
        return Ok(());
    };
    let url = cluster.gate.endpoint();
    ends(url, 0, &["--sigv4", "--region", "eu-central-1"], &[])?;
    // Replacing a policy takes a query, which is signed too.
    ends(
        url,
        0,
        &["--sigv4=es", "--delete-after", "30"],
        &[("AWS_REGION", "eu-central-1")],
    )?;
    let elsewhere = ends(url, 1, &["--sigv4", "--region", "us-east-1"], &[])?;
    assert!(
        elsewhere.stderr.contains("403") && elsewhere.stderr.contains("--region"),
        "{elsewhere:#?}"
    );
    let nowhere = ends(url, 1, &["--sigv4"], &[])?;
    assert!(nowhere.stderr.contains("--region"), "{nowhere:#?}");
    let unsigned = ends(url, 1, &[], &[])?;
    assert!(
        unsigned.stderr.contains("Missing Authentication Token"),
        "{unsigned:#?}"
    );
    let keyless = ends(
        url,
        1,
        &["--sigv4", "--region", "eu-central-1"],
        &[("AWS_ACCESS_KEY_ID", "")],
    )?;
    assert!(keyless.stderr.contains("AWS_PROFILE"), "{keyless:#?}");
    Ok(())
}

#[test]
fn a_wrong_key_is_refused_and_a_collection_is_signed_as_one() -> Tested {
    let Some(cluster) = Cluster::start("a collection", signature("another", "eu-central-1", "es"))?
    else {
        return Ok(());
    };
    let wrong = ends(
        cluster.gate.endpoint(),
        1,
        &["--sigv4", "--region", "eu-central-1"],
        &[],
    )?;
    assert!(
        wrong
            .stderr
            .contains("signature we calculated does not match"),
        "{wrong:#?}"
    );
    drop(cluster);
    let Some(cluster) = Cluster::start(
        "a collection",
        signature(SECRET_KEY, "eu-central-1", "aoss"),
    )?
    else {
        return Ok(());
    };
    let ran = ends(
        cluster.gate.endpoint(),
        0,
        &["--sigv4=aoss", "--region", "eu-central-1", "--no-lifecycle"],
        &[],
    )?;
    assert!(ran.stdout.contains("type search"), "{ran:#?}");
    Ok(())
}

#[test]
fn what_somebody_may_not_do_comes_with_the_permission_that_it_takes() -> Tested {
    let Some(cluster) = Cluster::start("a permission", Guard::Nobody)? else {
        return Ok(());
    };
    cluster
        .gate
        .refuse("PUT /_component_template/tributary-settings", 403);
    let ran = cluster.ends(1, &[])?;
    assert!(ran.stdout.contains("no permissions for it"), "{ran:#?}");
    for permission in [
        "cluster_manage_index_templates",
        "indices:admin/opensearch/ism/managedindex",
        "indices:admin/delete",
    ] {
        assert!(ran.stdout.contains(permission), "{ran:#?}");
    }
    Ok(())
}

#[test]
fn unknown_products_and_versions_are_refused_with_what_is_known() -> Tested {
    let Some(cluster) = Cluster::start("unknown products", Guard::Nobody)? else {
        return Ok(());
    };
    let opensearch =
        |number: &str| json!({"version": {"distribution": "opensearch", "number": number}});
    let elasticsearch = json!({"version": {"number": "8.19.4"}, "tagline": "You Know, for Search"});
    for (identity, words) in [
        (opensearch("2.16.0"), "Known are OpenSearch 2.17 to 3"),
        (opensearch("7.10.2"), "override_main_response_version"),
        (
            json!({"name": "a web site"}),
            "neither OpenSearch nor Elasticsearch",
        ),
        // The server behind it has no such lifecycle: this dialect is spoken.
        (elasticsearch, "no index lifecycle management"),
    ] {
        cluster.gate.claim(identity);
        let ran = cluster.ends(1, &[])?;
        assert!(ran.stderr.contains(words), "{words}: {ran:#?}");
    }
    assert_eq!(cluster.changes(), Vec::<String>::new());
    Ok(())
}

#[test]
fn no_server_and_a_password_in_the_address_are_told_with_what_to_do() -> Tested {
    let ran = ends("http://127.0.0.1:1", 1, &[], &[])?;
    assert!(
        ran.stderr.contains("gives no answer") && ran.stderr.contains("Check the address"),
        "{ran:#?}"
    );
    let ran = ends("http://admin:secret@127.0.0.1:1", 1, &[], &[])?;
    assert!(
        ran.stderr.contains(PASSWORD) && !ran.stderr.contains("secret"),
        "{ran:#?}"
    );
    Ok(())
}

/// A program that ends TLS in front of a server.
struct Tls {
    program: Child,
    port: String,
}

impl Tls {
    fn start(in_front_of: &str, folder: &Path) -> anyhow::Result<Self> {
        let mut program = Command::new(python_program("python")?)
            .arg(project_root().join("tests/python/tls.py"))
            .arg(in_front_of.trim_start_matches("http://"))
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut port = String::new();
        let output = program.stdout.take().context("no output")?;
        BufReader::new(output).read_line(&mut port)?;
        Ok(Self {
            program,
            port: port.trim().to_owned(),
        })
    }
}

impl Drop for Tls {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

#[test]
fn a_certificate_of_one_s_own_ca_is_trusted_only_with_that_ca() -> Tested {
    let Some(cluster) = Cluster::start("certificates", password())? else {
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let tls = Tls::start(cluster.gate.endpoint(), folder.path())?;
    let url = format!("https://127.0.0.1:{}", tls.port);
    let known = [(PASSWORD, "pass:wörd")];
    let untrusted = ends(&url, 1, &["--user", "admin"], &known)?;
    assert!(
        untrusted.stderr.contains("--ca-file FILE"),
        "{untrusted:#?}"
    );
    let ca = folder.path().join("ca.pem");
    let ca = ca.to_string_lossy();
    ends(&url, 0, &["--user", "admin", "--ca-file", &ca], &known)?;
    let name = format!("https://localhost:{}", tls.port);
    let other = ends(&name, 1, &["--user", "admin", "--ca-file", &ca], &known)?;
    assert!(other.stderr.contains("for another name"), "{other:#?}");
    let plain = ends(&format!("http://127.0.0.1:{}", tls.port), 1, &[], &[])?;
    assert!(plain.stderr.contains("try https://"), "{plain:#?}");
    let reverse = ends(
        &cluster.gate.endpoint().replace("http://", "https://"),
        1,
        &[],
        &[],
    )?;
    assert!(reverse.stderr.contains("try http://"), "{reverse:#?}");
    let none = ends(&url, 1, &["--ca-file", "tests/no-such-file.pem"], &[])?;
    assert!(none.stderr.contains("no-such-file.pem"), "{none:#?}");
    Ok(())
}
