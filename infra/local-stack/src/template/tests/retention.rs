//! How long the deployed stack keeps what names a person outside of the table: `docs/operations.md` tells it to whoever forgets one.

use serde_json::Value;

use super::super::{TEMPLATE, yaml};

const MONITORING: &str = include_str!("../../../../monitoring.yaml");
const REBUILD: &str = include_str!("../../../../rebuild.yaml");
const OPERATIONS: &str = include_str!("../../../../../docs/operations.md");

const FORTNIGHT: u64 = 14 * 24 * 60 * 60;

/// All resources of a type.
fn resources(of_type: &str) -> Vec<Value> {
    let templates = [TEMPLATE, MONITORING, REBUILD].map(|text| yaml::read(text).unwrap());
    let resources = templates.iter().flat_map(|template| {
        let resources = template["Resources"].as_object().unwrap();
        resources
            .values()
            .filter(|resource| resource["Type"] == of_type)
            .map(|resource| resource["Properties"].clone())
    });
    resources.collect()
}

#[test]
fn every_queue_drops_what_it_holds_after_14_days() {
    let queues = resources("AWS::SQS::Queue");
    assert_eq!(queues.len(), 3);
    for queue in queues {
        assert_eq!(queue["MessageRetentionPeriod"], FORTNIGHT, "{queue}");
    }
    let in_the_queue = "the queue and its dead letters | 14 days since they were last handed over";
    assert!(OPERATIONS.contains(in_the_queue));
    let of_the_alarm = "a profile failed for a day | 14 days since it was last handed over";
    assert!(OPERATIONS.contains(of_the_alarm));
    assert!(OPERATIONS.contains("the dead letters of the stream | 14 days"));
}

#[test]
fn every_log_ends_and_the_access_log_knows_no_path_and_no_claim() {
    let groups = resources("AWS::Logs::LogGroup");
    assert!(groups.len() >= 4);
    for group in groups {
        assert_eq!(group["RetentionInDays"]["Ref"], "LogRetentionInDays");
    }
    let apis = resources("AWS::Serverless::HttpApi");
    let [api] = apis.as_slice() else {
        unreachable!("one API");
    };
    let format = api["AccessLogSettings"]["Format"].as_str().unwrap();
    let variables: Vec<&str> = format
        .split("$context.")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    // `routeKey` is the route with `{profileId}` in it, as the template has it.
    assert_eq!(
        variables,
        [
            "requestId",
            "apiId",
            "routeKey",
            "status",
            "responseLatency",
            "integrationLatency",
            "responseLength",
            "error.message",
            "authorizer.error",
            "integrationStatus"
        ]
    );
}

#[test]
fn what_a_state_machine_hands_on_is_in_no_log() {
    let machines = [
        resources("AWS::Serverless::StateMachine"),
        resources("AWS::StepFunctions::StateMachine"),
    ]
    .concat();
    assert_eq!(machines.len(), 1);
    for machine in machines {
        // It has ids of profiles.
        let names = ["Logging", "LoggingConfiguration"];
        assert!(
            names.iter().all(|name| machine[name].is_null()),
            "{machine}"
        );
    }
}
