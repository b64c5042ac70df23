//! What the template permits whom, word by word: a function that gains an action, a resource or a wildcard fails here.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::super::{TEMPLATE, yaml};

fn resources() -> BTreeMap<String, Value> {
    let mut template = yaml::read(TEMPLATE).unwrap();
    serde_json::from_value(template["Resources"].take()).unwrap()
}

fn attribute(name: &str) -> Value {
    json!({"Fn::GetAtt": name})
}

/// The statements that every function has: its own log lines, and traces, which belong to no resource.
fn logs_and_traces(logs: &str) -> [Value; 2] {
    [
        json!({
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": attribute(logs),
        }),
        json!({
            "Effect": "Allow",
            "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
            "Resource": "*",
        }),
    ]
}

/// The statements of a role that Lambda alone may take on.
fn statements<'a>(resources: &'a BTreeMap<String, Value>, role: &str) -> &'a Value {
    let properties = &resources[role]["Properties"];
    let names: Vec<_> = properties.as_object().unwrap().keys().collect();
    assert_eq!(names, ["AssumeRolePolicyDocument", "Policies"], "{role}");
    assert_eq!(
        properties["AssumeRolePolicyDocument"]["Statement"],
        json!([{
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }]),
        "{role}"
    );
    let policies = properties["Policies"].as_array().unwrap();
    assert_eq!(policies.len(), 1, "{role}");
    &policies[0]["PolicyDocument"]["Statement"]
}

#[test]
fn the_read_function_reads_and_writes_nothing() {
    let mut expected = vec![json!({
        "Effect": "Allow",
        "Action": ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:BatchGetItem"],
        "Resource": attribute("Table.Arn"),
    })];
    expected.extend(logs_and_traces("GetAggregationsLogs.Arn"));
    assert_eq!(
        *statements(&resources(), "GetAggregationsRole"),
        json!(expected)
    );
}

#[test]
fn the_stream_function_does_what_the_protocol_and_its_mapping_need() {
    let mut expected = vec![
        json!({
            "Effect": "Allow",
            "Action": [
                "dynamodb:GetItem",
                "dynamodb:Query",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "dynamodb:DeleteItem",
            ],
            "Resource": attribute("Table.Arn"),
        }),
        json!({
            "Effect": "Allow",
            "Action": ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
            "Resource": attribute("Table.StreamArn"),
        }),
        // Listing streams is asked of all streams of a table.
        json!({
            "Effect": "Allow",
            "Action": "dynamodb:ListStreams",
            "Resource": {"Fn::Sub": "${Table.Arn}/stream/*"},
        }),
        json!({
            "Effect": "Allow",
            "Action": "sqs:SendMessage",
            "Resource": attribute("DeadLetters.Arn"),
        }),
    ];
    expected.extend(logs_and_traces("RecalculateAggregationsLogs.Arn"));
    assert_eq!(
        *statements(&resources(), "RecalculateAggregationsRole"),
        json!(expected)
    );
}

#[test]
fn nothing_else_gives_or_takes_a_permission() {
    let resources = resources();
    let types: BTreeSet<&str> = resources
        .values()
        .map(|resource| resource["Type"].as_str().unwrap())
        .collect();
    // A new kind of resource is looked at here before it is let in: connectors, policies, permissions and URLs give rights.
    assert_eq!(
        types.into_iter().collect::<Vec<_>>(),
        [
            "AWS::CloudWatch::Alarm",
            "AWS::CloudWatch::Dashboard",
            "AWS::DynamoDB::Table",
            "AWS::IAM::Role",
            "AWS::Lambda::EventSourceMapping",
            "AWS::Logs::LogGroup",
            "AWS::SQS::Queue",
            "AWS::SQS::QueuePolicy",
            "AWS::Serverless::Function",
            "AWS::Serverless::HttpApi",
        ]
    );
    let of_type = |kind: &str| -> Vec<&str> {
        let resources = resources.iter();
        resources
            .filter(|(_, resource)| resource["Type"] == kind)
            .map(|(name, _)| name.as_str())
            .collect()
    };
    assert_eq!(
        of_type("AWS::IAM::Role"),
        ["GetAggregationsRole", "RecalculateAggregationsRole"]
    );
    for (name, resource) in &resources {
        for way_in in ["Connectors", "Policies"] {
            assert_eq!(resource[way_in], Value::Null, "{name} {way_in}");
        }
    }
    let table = &resources["Table"]["Properties"];
    assert_eq!(table["ResourcePolicy"], Value::Null);
    assert_eq!(
        table["StreamSpecification"],
        json!({"StreamViewType": "KEYS_ONLY"})
    );
    let statements = &resources["DeadLettersPolicy"]["Properties"]["PolicyDocument"]["Statement"];
    let effects: Vec<_> = statements
        .as_array()
        .unwrap()
        .iter()
        .map(|statement| &statement["Effect"])
        .collect();
    assert_eq!(effects, ["Deny"]);
    let functions = of_type("AWS::Serverless::Function");
    assert_eq!(functions, ["GetAggregations", "RecalculateAggregations"]);
    for function in functions {
        let properties = &resources[function]["Properties"];
        assert_eq!(
            properties["Role"],
            attribute(&format!("{function}Role.Arn"))
        );
        for way_in in ["Policies", "FunctionUrlConfig", "PermissionsBoundary"] {
            assert_eq!(properties[way_in], Value::Null, "{function} {way_in}");
        }
    }
}

#[test]
fn nobody_is_let_in_without_a_token() {
    let template = yaml::read(TEMPLATE).unwrap();
    for parameter in ["JwtIssuer", "JwtAudience"] {
        assert_eq!(template["Parameters"][parameter]["Default"], Value::Null);
    }
    let resources = resources();
    let auth = &resources["Api"]["Properties"]["Auth"];
    assert_eq!(auth["DefaultAuthorizer"], "Jwt");
    assert_eq!(
        auth["Authorizers"],
        json!({"Jwt": {
            "IdentitySource": "$request.header.Authorization",
            "JwtConfiguration": {"issuer": {"Ref": "JwtIssuer"}, "audience": {"Ref": "JwtAudience"}},
        }})
    );
    let get = &resources["GetAggregations"]["Properties"];
    assert_eq!(get["Environment"]["Variables"]["AUTHORIZER"], "jwt");
    let events = get["Events"].as_object().unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events["Get"]["Properties"]["Auth"], Value::Null);
    assert_eq!(
        resources["RecalculateAggregations"]["Properties"]["Events"],
        Value::Null
    );
}

#[test]
fn what_is_kept_is_encrypted_and_outlives_the_stack() {
    let resources = resources();
    let table = &resources["Table"];
    for kept in ["Table", "DeadLetters"] {
        for policy in ["DeletionPolicy", "UpdateReplacePolicy"] {
            assert_eq!(resources[kept][policy], "Retain", "{kept} {policy}");
        }
    }
    let properties = &table["Properties"];
    assert_eq!(properties["DeletionProtectionEnabled"], true);
    assert_eq!(properties["SSESpecification"]["SSEEnabled"], true);
    let recovery = &properties["PointInTimeRecoverySpecification"];
    assert_eq!(recovery["PointInTimeRecoveryEnabled"], true);
    let queue = &resources["DeadLetters"]["Properties"];
    assert_eq!(queue["SqsManagedSseEnabled"], true);
    assert_eq!(queue["MessageRetentionPeriod"], 14 * 24 * 60 * 60);
}
