//! Settings of the template that depend on each other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::super::{TEMPLATE, yaml};

const MONITORING: &str = include_str!("../../../../monitoring.yaml");
const OPERATIONS: &str = include_str!("../../../../../docs/operations.md");
const COSTS: &str = include_str!("../../../../../docs/costs.md");

/// Back-offs after the failures of an unfinished profile: 30 seconds, then twice as long each time, at most 2 hours.
const FIRST_BACK_OFF: u64 = 30;
const LONGEST_BACK_OFF: u64 = 2 * HOUR;
const HOUR: u64 = 60 * 60;

/// The parameters that `value` refers to.
fn parameters(value: &Value, template: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(members) => {
            let name = members.get("Ref").and_then(Value::as_str);
            let name = name.filter(|name| !template["Parameters"][name].is_null());
            let members = members.values();
            let below = members.flat_map(|member| parameters(member, template));
            below.chain(name.map(str::to_owned)).collect()
        }
        Value::Array(members) => {
            let members = members.iter();
            members
                .flat_map(|member| parameters(member, template))
                .collect()
        }
        _ => BTreeSet::new(),
    }
}

#[test]
fn another_value_of_a_parameter_is_another_version() {
    let template = yaml::read(TEMPLATE).unwrap();
    let globals = &template["Globals"]["Function"];
    assert_eq!(globals["AutoPublishAlias"], "live");
    for function in [
        "GetAggregations",
        "RecalculateAggregations",
        "RepairAggregations",
    ] {
        let properties = &template["Resources"][function]["Properties"];
        let description = properties["VersionDescription"]["Fn::Sub"].as_str();
        let named: BTreeSet<String> = description
            .unwrap()
            .split(' ')
            .map(|name| name.trim_matches(['$', '{', '}']).to_owned())
            .collect();
        let used = json!([
            properties["Environment"],
            properties["MemorySize"],
            globals["Environment"],
            globals["Tracing"],
        ]);
        // What is too much is as bad: Lambda publishes no version of what did not change.
        assert_eq!(named, parameters(&used, &template), "{function}");
    }
}

#[test]
fn mappings_and_api_call_the_alias() {
    let template = yaml::read(TEMPLATE).unwrap();
    for (mapping, function) in [
        ("StreamMapping", "RecalculateAggregations"),
        ("QueueMapping", "RepairAggregations"),
    ] {
        assert_eq!(
            template["Resources"][mapping]["Properties"]["FunctionName"],
            json!({"Ref": format!("{function}.Alias")})
        );
    }
}

#[test]
fn one_program_is_deployed_for_the_stream_and_for_the_queue() {
    let template = yaml::read(TEMPLATE).unwrap();
    let [stream, repair] = ["RecalculateAggregations", "RepairAggregations"]
        .map(|function| &template["Resources"][function]);
    assert_eq!(stream["Metadata"], repair["Metadata"]);
    for shared in ["CodeUri", "MemorySize", "Environment"] {
        assert_eq!(
            stream["Properties"][shared], repair["Properties"][shared],
            "{shared}"
        );
    }
    assert_eq!(stream["Properties"]["Timeout"], 60);
    assert_eq!(repair["Properties"]["Timeout"], 900);
}

#[test]
fn the_state_machine_waits_longer_than_the_function_may_take() {
    let template = yaml::read(TEMPLATE).unwrap();
    let states: Value = serde_json::from_str(include_str!("../../../../rebuild.asl.json")).unwrap();
    let work = &states["States"]["Segments"]["ItemProcessor"]["States"]["Work"];
    let timeout = &template["Resources"]["RepairAggregations"]["Properties"]["Timeout"];
    assert!(work["TimeoutSeconds"].as_u64() > timeout.as_u64());
}

#[test]
fn an_unfinished_profile_is_tried_for_a_day_and_kept_far_longer() {
    let template = yaml::read(TEMPLATE).unwrap();
    let resources = &template["Resources"];
    let mapping = &resources["QueueMapping"]["Properties"];
    assert_eq!(mapping["BatchSize"], 1);
    assert_eq!(
        mapping["FunctionResponseTypes"],
        json!(["ReportBatchItemFailures"])
    );
    let queue = &resources["UnfinishedProfiles"]["Properties"];
    let timeout = resources["RepairAggregations"]["Properties"]["Timeout"].as_u64();
    let visibility = queue["VisibilityTimeout"].as_u64().unwrap();
    assert_eq!(visibility, 6 * timeout.unwrap());
    let redrive = &queue["RedrivePolicy"];
    assert_eq!(
        redrive["deadLetterTargetArn"],
        json!({"Fn::GetAtt": "UnfinishedDeadLetters.Arn"})
    );
    let receives = redrive["maxReceiveCount"].as_u64().unwrap();
    let back_offs: u64 = (0..receives)
        .map(|receive| (FIRST_BACK_OFF << receive).min(LONGEST_BACK_OFF))
        .sum();
    assert!((24 * HOUR..26 * HOUR).contains(&back_offs), "{back_offs}");
    let retention = queue["MessageRetentionPeriod"].as_u64().unwrap();
    // Also when the function crashes each time, so that the message waits for the visibility timeout.
    assert!(retention > 5 * back_offs.max(receives * visibility));
}

/// The alarms of a template by their names, each with the number of metrics that it is billed by.
fn alarms(template: &str) -> BTreeMap<String, usize> {
    let template = yaml::read(template).unwrap();
    let resources = template["Resources"].as_object().unwrap();
    let alarms = resources
        .iter()
        .filter(|(_, resource)| resource["Type"] == "AWS::CloudWatch::Alarm");
    let alarms = alarms.map(|(name, alarm)| {
        let metrics = alarm["Properties"]["Metrics"].as_array();
        let metrics = metrics.map_or(1, |metrics| {
            let metrics = metrics.iter();
            metrics
                .filter(|metric| !metric["MetricStat"].is_null())
                .count()
        });
        (name.clone(), metrics)
    });
    alarms.collect()
}

#[test]
fn every_alarm_is_on_the_dashboard_and_in_the_documents() {
    let (own, nested) = (alarms(TEMPLATE), alarms(MONITORING));
    let monitoring = yaml::read(MONITORING).unwrap();
    let dashboard = &monitoring["Resources"]["Dashboard"]["Properties"]["DashboardBody"];
    let dashboard = dashboard["Fn::Sub"].as_str().unwrap();
    for alarm in nested.keys() {
        assert!(
            dashboard.contains(&format!("\"${{{alarm}.Arn}}\"")),
            "{alarm}"
        );
    }
    for alarm in own.keys() {
        assert!(
            dashboard.contains(&format!("\"${{{alarm}Arn}}\"")),
            "{alarm}"
        );
    }
    let alarms: BTreeMap<_, _> = own.into_iter().chain(nested).collect();
    for alarm in alarms.keys() {
        assert!(OPERATIONS.contains(&format!("`{alarm}`")), "{alarm}");
    }
    let (number, metrics) = (alarms.len(), alarms.values().sum::<usize>());
    assert!(OPERATIONS.contains(&format!("| {number} alarms,")));
    assert!(COSTS.contains(&format!("{metrics} metrics in {number} alarms")));
}
