//! Events as AWS documents them.

use serde_json::json;

use super::*;

fn asked(event: &Value) -> Asked {
    Asked::by(event).unwrap()
}

fn one(account: &str) -> Asked {
    Asked::Accounts {
        accounts: vec![AccountId::parse(account).unwrap()],
        new: true,
    }
}

/// What `EventBridge` makes of a record of `CloudTrail`.
fn wrapped(kind: &str, source: &str, detail: &Value) -> Value {
    json!({
        "version": "0", "id": "10d8b1d1-0000-4000-8000-000000000000",
        "detail-type": format!("AWS {kind} via CloudTrail"), "source": source,
        "account": "111111111111", "time": "2026-01-01T00:00:00Z", "region": "us-east-1", "resources": [],
        "detail": detail,
    })
}

#[test]
fn a_schedule_and_an_empty_object_ask_for_everything() {
    let scheduled = json!({
        "version": "0", "id": "x", "detail-type": "Scheduled Event", "source": "aws.events",
        "account": "111111111111", "time": "2026-01-01T00:00:00Z", "region": "us-east-1",
        "resources": ["arn:aws:events:us-east-1:111111111111:rule/tributary"], "detail": {},
    });
    assert_eq!(asked(&scheduled), Asked::Everything);
    assert_eq!(asked(&json!({})), Asked::Everything);
}

#[test]
fn a_created_account_is_found_in_its_result() {
    let result = |state: &str| {
        wrapped(
            "Service Event",
            "aws.organizations",
            &json!({
                "eventVersion": "1.08", "eventSource": "organizations.amazonaws.com",
                "eventName": "CreateAccountResult", "awsRegion": "us-east-1",
                "userIdentity": {"accountId": "111111111111", "invokedBy": "AWS Internal"},
                "requestParameters": null, "responseElements": null, "eventType": "AwsServiceEvent",
                "recipientAccountId": "111111111111",
                "serviceEventDetails": {"createAccountStatus": {
                    "id": "car-11112222333344445555666677778888", "state": state, "accountName": "****",
                    "accountId": "333333333333", "requestedTimestamp": "Jan 1, 2026 0:00:00 AM",
                    "completedTimestamp": "Jan 1, 2026 0:00:09 AM",
                }},
            }),
        )
    };
    assert_eq!(asked(&result("SUCCEEDED")), one("333333333333"));
    let failed = asked(&result("FAILED"));
    assert!(
        matches!(&failed, Asked::Nothing(why) if why.contains("FAILED")),
        "{failed:?}"
    );
}

#[test]
fn an_account_of_control_tower_is_found_in_its_status() {
    for (name, key) in [
        ("CreateManagedAccount", "createManagedAccountStatus"),
        ("UpdateManagedAccount", "updateManagedAccountStatus"),
    ] {
        let event = wrapped(
            "Service Event",
            "aws.controltower",
            &json!({
                "eventSource": "controltower.amazonaws.com", "eventName": name, "awsRegion": "eu-west-1",
                "userIdentity": {"accountId": "111111111111", "invokedBy": "AWS Internal"},
                "recipientAccountId": "111111111111",
                "serviceEventDetails": {key: {
                    "organizationalUnit": {"organizationalUnitName": "Custom", "organizationalUnitId": "ou-xxxx-l3zc8b3h"},
                    "account": {"accountName": "LifeCycle1", "accountId": "444444444444"},
                    "state": "SUCCEEDED", "message": "AWS Control Tower successfully created a managed account.",
                }},
            }),
        );
        assert_eq!(asked(&event), one("444444444444"), "{name}");
    }
}

#[test]
fn an_account_that_moved_or_accepted_is_found() {
    let moved = json!({
        "eventName": "MoveAccount", "eventSource": "organizations.amazonaws.com",
        "userIdentity": {"accountId": "111111111111"},
        "requestParameters": {"accountId": "555555555555", "destinationParentId": "ou-a", "sourceParentId": "r-1"},
    });
    let accepted = json!({
        "eventName": "AcceptHandshake", "userIdentity": {"accountId": "666666666666"},
        "requestParameters": {"handshakeId": "h-1"},
        "responseElements": {"handshake": {"state": "ACCEPTED", "action": "INVITE", "parties": [
            {"type": "ORGANIZATION", "id": "o-abc"}, {"type": "ACCOUNT", "id": "666666666666"},
        ]}},
    });
    let event = |detail: &Value| wrapped("API Call", "aws.organizations", detail);
    assert_eq!(asked(&event(&moved)), one("555555555555"));
    assert_eq!(asked(&event(&accepted)), one("666666666666"));
}

#[test]
fn an_account_event_of_an_unknown_shape_asks_for_everything() {
    let detail =
        json!({"eventName": "AccountJoinedOrganization", "serviceEventDetails": {"joined": 1}});
    let event = wrapped("Service Event", "aws.organizations", &detail);
    assert_eq!(asked(&event), Asked::Everything);
}

#[test]
fn a_log_group_is_found_with_its_account_and_region_and_a_refused_call_asks_for_nothing() {
    let mut detail = json!({
        "eventName": "CreateLogGroup", "eventSource": "logs.amazonaws.com", "awsRegion": "eu-central-1",
        "userIdentity": {"type": "AssumedRole", "accountId": "333333333333"},
        "requestParameters": {"logGroupName": "/app/new"}, "recipientAccountId": "333333333333",
    });
    let expected = Asked::LogGroup {
        account: AccountId::parse("333333333333").unwrap(),
        log_group: OneLogGroup {
            region: "eu-central-1".into(),
            name: "/app/new".into(),
        },
    };
    assert_eq!(asked(&wrapped("API Call", "aws.logs", &detail)), expected);
    detail["errorCode"] = "ResourceAlreadyExistsException".into();
    assert!(matches!(
        asked(&wrapped("API Call", "aws.logs", &detail)),
        Asked::Nothing(_)
    ));
}

#[test]
fn what_nobody_knows_is_refused_and_says_what_is_taken() {
    for event in [
        json!([]),
        json!({"account": "333333333333"}),
        json!({"accounts": []}),
        json!({"accounts": ["shop"]}),
        wrapped("API Call", "aws.s3", &json!({"eventName": "CreateBucket"})),
        wrapped(
            "API Call",
            "aws.logs",
            &json!({"eventName": "CreateLogGroup"}),
        ),
        json!({"detail-type": "EC2 Instance State-change Notification", "detail": {"state": "running"}}),
    ] {
        let error = Asked::by(&event).unwrap_err().to_string();
        assert!(error.contains("EventBridge's events"), "{error}");
    }
}
