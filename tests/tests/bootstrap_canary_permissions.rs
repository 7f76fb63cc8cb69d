//! What `verify --canary` has to be allowed.

use std::collections::BTreeMap;

use tests::bootstrap::least_privilege::{LeastPrivilege, without};

type Tested = anyhow::Result<()>;

/// A log group isn't made with its tag without it, which the stand-in doesn't check.
const NOT_ENFORCED: [&str; 1] = ["logs:TagResource"];

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_policy_is_enough_for_the_canary_and_each_action_is_missed_by_its_name()
-> Tested {
    let least = LeastPrivilege::new().await?;
    let bootstrap = &least.scene.bootstrap;
    bootstrap.ends(0, &["apply", "--yes"])?;
    let printed = bootstrap
        .ends(0, &["policies", "--canary", "--json"])?
        .json()?;
    let entries = printed["policies"].as_array().cloned().unwrap_or_default();
    let document = entries
        .into_iter()
        .find(|entry| entry["name"] == "access-canary");
    let document = document.expect("the canary's policy")["document"].clone();
    let canary = BTreeMap::from([("access-canary".to_owned(), document)]);
    least.grant(&canary).await?;
    let before = least.scene.world().await?;
    // This stand-in delivers nothing: what is held here is that everything may be tried.
    let arguments = ["verify", "--canary", "--timeout", "1", "--deadline", "1"];
    let ran = bootstrap.ends(2, &arguments)?;
    assert!(
        ran.stdout.contains("came out of the stream within 1 s"),
        "{ran:#?}"
    );
    assert!(!ran.stdout.contains("AccessDenied"), "{ran:#?}");
    assert_eq!(least.scene.world().await?, before);
    for statement in canary["access-canary"]["Statement"]
        .as_array()
        .into_iter()
        .flatten()
    {
        for action in statement["Action"].as_array().into_iter().flatten() {
            let action = action.as_str().unwrap_or_default();
            least
                .grant(&without(&canary, "access-canary", action))
                .await?;
            let ran = bootstrap.ends(2, &arguments)?;
            let name = action.split_once(':').map_or("", |(_, name)| name);
            let told = ran
                .stdout
                .lines()
                .any(|line| line.contains(name) && line.contains("AccessDenied"));
            assert_eq!(told, !NOT_ENFORCED.contains(&action), "{action}: {ran:#?}");
            least.grant(&canary).await?;
            bootstrap.run(["apply", "--yes"])?;
        }
    }
    Ok(())
}
