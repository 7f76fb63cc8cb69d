//! The counters of the CIS AWS Foundations Benchmark: each counts what the benchmark's metric filter does.

use local::dashboards;
use std::collections::BTreeSet;

/// The calls of the CIS benchmark's metric filters, by the number of the recommendation in version 1.2;
/// 4.15 came later.
const CALLS: [(&str, &[&str]); 13] = [
    ("3.2", &["ConsoleLogin"]),
    (
        "3.4",
        &[
            "AttachGroupPolicy",
            "AttachRolePolicy",
            "AttachUserPolicy",
            "CreatePolicy",
            "CreatePolicyVersion",
            "DeleteGroupPolicy",
            "DeletePolicy",
            "DeletePolicyVersion",
            "DeleteRolePolicy",
            "DeleteUserPolicy",
            "DetachGroupPolicy",
            "DetachRolePolicy",
            "DetachUserPolicy",
            "PutGroupPolicy",
            "PutRolePolicy",
            "PutUserPolicy",
        ],
    ),
    (
        "3.5",
        &[
            "CreateTrail",
            "DeleteTrail",
            "StartLogging",
            "StopLogging",
            "UpdateTrail",
        ],
    ),
    ("3.6", &["ConsoleLogin"]),
    ("3.7", &["DisableKey", "ScheduleKeyDeletion"]),
    (
        "3.8",
        &[
            "DeleteBucketCors",
            "DeleteBucketLifecycle",
            "DeleteBucketPolicy",
            "DeleteBucketReplication",
            "PutBucketAcl",
            "PutBucketCors",
            "PutBucketLifecycle",
            "PutBucketPolicy",
            "PutBucketReplication",
        ],
    ),
    (
        "3.9",
        &[
            "DeleteDeliveryChannel",
            "PutConfigurationRecorder",
            "PutDeliveryChannel",
            "StopConfigurationRecorder",
        ],
    ),
    (
        "3.10",
        &[
            "AuthorizeSecurityGroupEgress",
            "AuthorizeSecurityGroupIngress",
            "CreateSecurityGroup",
            "DeleteSecurityGroup",
            "RevokeSecurityGroupEgress",
            "RevokeSecurityGroupIngress",
        ],
    ),
    (
        "3.11",
        &[
            "CreateNetworkAcl",
            "CreateNetworkAclEntry",
            "DeleteNetworkAcl",
            "DeleteNetworkAclEntry",
            "ReplaceNetworkAclAssociation",
            "ReplaceNetworkAclEntry",
        ],
    ),
    (
        "3.12",
        &[
            "AttachInternetGateway",
            "CreateCustomerGateway",
            "CreateInternetGateway",
            "DeleteCustomerGateway",
            "DeleteInternetGateway",
            "DetachInternetGateway",
        ],
    ),
    (
        "3.13",
        &[
            "CreateRoute",
            "CreateRouteTable",
            "DeleteRoute",
            "DeleteRouteTable",
            "DisassociateRouteTable",
            "ReplaceRoute",
            "ReplaceRouteTableAssociation",
        ],
    ),
    (
        "3.14",
        &[
            "AcceptVpcPeeringConnection",
            "AttachClassicLinkVpc",
            "CreateVpc",
            "CreateVpcPeeringConnection",
            "DeleteVpc",
            "DeleteVpcPeeringConnection",
            "DetachClassicLinkVpc",
            "DisableVpcClassicLink",
            "EnableVpcClassicLink",
            "ModifyVpcAttribute",
            "RejectVpcPeeringConnection",
        ],
    ),
    (
        "4.15",
        &[
            "AcceptHandshake",
            "AttachPolicy",
            "CreateAccount",
            "CreateOrganizationalUnit",
            "CreatePolicy",
            "DeclineHandshake",
            "DeleteOrganization",
            "DeleteOrganizationalUnit",
            "DeletePolicy",
            "DetachPolicy",
            "DisablePolicyType",
            "EnablePolicyType",
            "InviteAccountToOrganization",
            "LeaveOrganization",
            "MoveAccount",
            "RemoveAccountFromOrganization",
            "UpdateOrganizationalUnit",
            "UpdatePolicy",
        ],
    ),
];

/// What else the filters ask for, as the documents have it: docs/dashboards.md has the differences.
const CONDITIONS: [(&str, &str); 15] = [
    (
        "3.1",
        "error.code:(*UnauthorizedOperation OR AccessDenied*)",
    ),
    (
        "3.2",
        "AND event.outcome:success AND aws.cloudtrail.user_identity.type:IAMUser AND NOT aws.cloudtrail.console_login.additional_eventdata.mfa_used:true",
    ),
    (
        "3.3",
        "aws.cloudtrail.user_identity.type:Root AND NOT _exists_:aws.cloudtrail.user_identity.invoked_by AND NOT aws.cloudtrail.event_type:AwsServiceEvent",
    ),
    ("3.4", "event.provider:\"iam.amazonaws.com\" AND"),
    ("3.5", ""),
    ("3.6", "AND event.outcome:failure"),
    ("3.7", "event.provider:\"kms.amazonaws.com\" AND"),
    ("3.8", "event.provider:\"s3.amazonaws.com\" AND"),
    ("3.9", "event.provider:\"config.amazonaws.com\" AND"),
    ("3.10", ""),
    ("3.11", ""),
    ("3.12", ""),
    ("3.13", "event.provider:\"ec2.amazonaws.com\" AND"),
    ("3.14", ""),
    ("4.15", "event.provider:\"organizations.amazonaws.com\" AND"),
];

#[test]
fn cis_counters_count_the_calls_of_the_benchmark_s_metric_filters_and_no_others() {
    let boards = dashboards::boards().unwrap();
    let board = boards.iter().find(|b| b.id == "tributary-cis").unwrap();
    for (number, condition) in CONDITIONS {
        let mut panels = board.panels.iter();
        let panel = panels.find(|p| p.title.starts_with(&format!("{number} ")));
        let query = &panel.unwrap().query;
        let (calls, rest) = calls(query);
        let names = CALLS.iter().filter(|(of, _)| *of == number);
        let benchmark: BTreeSet<&str> =
            names.flat_map(|(_, names)| names.iter().copied()).collect();
        assert_eq!(
            calls.iter().copied().collect::<BTreeSet<_>>(),
            benchmark,
            "{number}"
        );
        assert_eq!(calls.len(), benchmark.len(), "{number} has a call twice");
        assert_eq!(rest, condition, "{number}");
    }
    let counters = board.panels.iter().filter(|p| p.kind == "metric");
    assert_eq!(counters.count(), CONDITIONS.len());
}

/// The names after `event.action:`, and the query without them.
fn calls(query: &str) -> (Vec<&str>, String) {
    let Some((before, after)) = query.split_once("event.action:") else {
        return (Vec::new(), query.to_owned());
    };
    let (names, after) = match after.strip_prefix('(') {
        Some(list) => list.split_once(')').expect("the end of a list"),
        None => after.split_once(' ').unwrap_or((after, "")),
    };
    let rest = format!("{} {}", before.trim(), after.trim());
    (names.split(" OR ").collect(), rest.trim().to_owned())
}
