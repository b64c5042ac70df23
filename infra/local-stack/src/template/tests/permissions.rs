//! What the template permits whom, word by word: a function that gains an action, a resource or a wildcard fails here.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::super::{TEMPLATE, yaml};

/// The template of alarms and dashboard, nested in the other.
const MONITORING: &str = include_str!("../../../../monitoring.yaml");
/// The template of the state machine that goes through all profiles, nested in the other too.
const REBUILD: &str = include_str!("../../../../rebuild.yaml");
/// The state machine itself.
const STATES: &str = include_str!("../../../../rebuild.asl.json");

const FUNCTIONS: [&str; 3] = [
    "GetAggregations",
    "RecalculateAggregations",
    "RepairAggregations",
];
const QUEUES: [&str; 3] = ["DeadLetters", "UnfinishedDeadLetters", "UnfinishedProfiles"];

fn resources_of(template: &str) -> BTreeMap<String, Value> {
    let mut template = yaml::read(template).unwrap();
    serde_json::from_value(template["Resources"].take()).unwrap()
}

fn resources() -> BTreeMap<String, Value> {
    resources_of(TEMPLATE)
}

fn types(resources: &BTreeMap<String, Value>) -> Vec<&str> {
    let types = resources.values();
    let types: BTreeSet<_> = types
        .map(|resource| resource["Type"].as_str().unwrap())
        .collect();
    types.into_iter().collect()
}

/// `value` where `condition` holds, and nothing where it does not.
fn only_if(condition: &str, value: Value) -> Value {
    json!({"Fn::If": [condition, value, {"Ref": "AWS::NoValue"}]})
}

/// The key of a deployment that has one of its own, used through one service alone.
fn key(service: &str, actions: Value) -> Value {
    let through = format!("{service}.${{AWS::Region}}.${{AWS::URLSuffix}}");
    only_if(
        "WithKmsKey",
        json!({
            "Effect": "Allow",
            "Action": actions,
            "Resource": {"Ref": "KmsKeyArn"},
            "Condition": {"StringEquals": {"kms:ViaService": {"Fn::Sub": through}}},
        }),
    )
}

/// What a recalculation asks of the table.
fn recalculation() -> Value {
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
    })
}

fn attribute(name: &str) -> Value {
    json!({"Fn::GetAtt": name})
}

const LAMBDA: &str = "lambda.amazonaws.com";

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

/// The statements of a role that one service alone may take on, within the permissions boundary if there is one.
fn statements<'a>(resources: &'a BTreeMap<String, Value>, role: &str, service: &str) -> &'a Value {
    let properties = &resources[role]["Properties"];
    let names: BTreeSet<_> = properties.as_object().unwrap().keys().collect();
    assert_eq!(
        names.into_iter().collect::<Vec<_>>(),
        [
            "AssumeRolePolicyDocument",
            "PermissionsBoundary",
            "Policies"
        ],
        "{role}"
    );
    assert_eq!(
        properties["PermissionsBoundary"],
        only_if(
            "WithPermissionsBoundary",
            json!({"Ref": "PermissionsBoundaryArn"})
        ),
        "{role}"
    );
    assert_eq!(
        properties["AssumeRolePolicyDocument"]["Statement"],
        json!([{
            "Effect": "Allow",
            "Principal": {"Service": service},
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
    let mut expected = vec![
        json!({
            "Effect": "Allow",
            "Action": ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:BatchGetItem"],
            "Resource": attribute("Table.Arn"),
        }),
        key("dynamodb", json!("kms:Decrypt")),
    ];
    expected.extend(logs_and_traces("GetAggregationsLogs.Arn"));
    assert_eq!(
        *statements(&resources(), "GetAggregationsRole", LAMBDA),
        json!(expected)
    );
}

#[test]
fn the_stream_function_does_what_the_protocol_and_its_mapping_need() {
    let mut expected = vec![
        recalculation(),
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
        json!({
            "Effect": "Allow",
            "Action": "sqs:SendMessage",
            "Resource": attribute("UnfinishedProfiles.Arn"),
        }),
        key("dynamodb", json!("kms:Decrypt")),
        key("sqs", json!(["kms:Decrypt", "kms:GenerateDataKey"])),
    ];
    expected.extend(logs_and_traces("RecalculateAggregationsLogs.Arn"));
    assert_eq!(
        *statements(&resources(), "RecalculateAggregationsRole", LAMBDA),
        json!(expected)
    );
}

#[test]
fn the_repair_function_scans_takes_from_its_queue_and_hands_over_to_it() {
    let mut expected = vec![
        recalculation(),
        json!({
            "Effect": "Allow",
            "Action": "dynamodb:Scan",
            "Resource": attribute("Table.Arn"),
        }),
        json!({
            "Effect": "Allow",
            "Action": [
                "sqs:ReceiveMessage",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:ChangeMessageVisibility",
                "sqs:SendMessage",
            ],
            "Resource": attribute("UnfinishedProfiles.Arn"),
        }),
        key("dynamodb", json!("kms:Decrypt")),
        key("sqs", json!(["kms:Decrypt", "kms:GenerateDataKey"])),
    ];
    expected.extend(logs_and_traces("RepairAggregationsLogs.Arn"));
    assert_eq!(
        *statements(&resources(), "RepairAggregationsRole", LAMBDA),
        json!(expected)
    );
}

#[test]
fn only_the_repair_function_goes_through_the_table() {
    let scanning = [resources(), resources_of(REBUILD)].map(|resources| {
        let roles = resources.into_iter();
        let roles = roles.filter(|(_, resource)| resource["Type"] == "AWS::IAM::Role");
        let scanning = roles.filter(|(_, role)| {
            let policies = role["Properties"]["Policies"].to_string();
            ["dynamodb:Scan", "dynamodb:*", "dynamodb:PartiQL"]
                .iter()
                .any(|action| policies.contains(action))
        });
        scanning.map(|(name, _)| name).collect::<Vec<_>>()
    });
    assert_eq!(
        scanning,
        [vec!["RepairAggregationsRole".to_owned()], vec![]]
    );
}

#[test]
fn the_state_machine_invokes_the_repair_function_and_starts_itself() {
    let rebuild = resources_of(REBUILD);
    let arn = |rest: &str| {
        let account = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}";
        json!({"Fn::Sub": format!("{account}:{rest}")})
    };
    assert_eq!(
        *statements(&rebuild, "Role", "states.amazonaws.com"),
        json!([
            {
                "Effect": "Allow",
                "Action": "lambda:InvokeFunction",
                "Resource": {"Ref": "RepairAggregationsArn"},
            },
            {
                "Effect": "Allow",
                "Action": "states:StartExecution",
                "Resource": arn("stateMachine:${Name}"),
            },
            {
                "Effect": "Allow",
                "Action": ["states:DescribeExecution", "states:StopExecution"],
                "Resource": [arn("execution:${Name}:*"), arn("execution:${Name}/Segments:*")],
            },
            only_if("WithKmsKey", json!({
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": {"Ref": "KmsKeyArn"},
                "Condition": {"StringEquals": {"kms:EncryptionContext:aws:states:stateMachineArn": [
                    arn("stateMachine:${Name}"),
                    arn("stateMachine:${Name}/Segments"),
                ]}},
            })),
        ])
    );
    let given = &resources()["Rebuild"]["Properties"]["Parameters"];
    assert_eq!(
        *given,
        json!({
            "Name": {"Fn::Sub": "${AWS::StackName}-rebuild"},
            "RepairAggregationsArn": {"Ref": "RepairAggregations.Alias"},
            "KmsKeyArn": {"Ref": "KmsKeyArn"},
            "PermissionsBoundaryArn": {"Ref": "PermissionsBoundaryArn"},
        })
    );
    let machine = &rebuild["StateMachine"]["Properties"];
    assert_eq!(machine["StateMachineName"], json!({"Ref": "Name"}));
    assert_eq!(machine["DefinitionS3Location"], "rebuild.asl.json");
    assert_eq!(
        machine["DefinitionSubstitutions"],
        json!({
            "RepairAggregations": {"Ref": "RepairAggregationsArn"},
            "Partition": {"Ref": "AWS::Partition"},
        })
    );
    // The label is a part of the names of the segments' executions.
    let states: Value = serde_json::from_str(STATES).unwrap();
    assert_eq!(states["States"]["Segments"]["Label"], "Segments");
}

#[test]
fn a_deployment_moves_the_aliases_of_these_functions() {
    let functions = FUNCTIONS.iter().flat_map(|function| {
        [
            attribute(&format!("{function}.Arn")),
            json!({"Fn::Sub": format!("${{{function}.Arn}}:*")}),
        ]
    });
    assert_eq!(
        *statements(&resources(), "DeploymentRole", "codedeploy.amazonaws.com"),
        json!([
            {
                "Effect": "Allow",
                "Action": ["lambda:GetAlias", "lambda:GetProvisionedConcurrencyConfig", "lambda:UpdateAlias"],
                "Resource": functions.collect::<Vec<_>>(),
            },
            {"Effect": "Allow", "Action": "cloudwatch:DescribeAlarms", "Resource": "*"},
        ])
    );
}

#[test]
fn nothing_else_gives_or_takes_a_permission() {
    let resources = resources();
    // A new kind of resource is looked at here before it is let in: connectors, policies, permissions and URLs give rights.
    assert_eq!(
        types(&resources),
        [
            "AWS::CloudFormation::Stack",
            "AWS::CloudWatch::Alarm",
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
    assert_eq!(
        resources["Monitoring"]["Properties"]["TemplateURL"],
        "monitoring.yaml"
    );
    assert_eq!(
        resources["Rebuild"]["Properties"]["TemplateURL"],
        "rebuild.yaml"
    );
    assert_eq!(
        types(&resources_of(REBUILD)),
        ["AWS::IAM::Role", "AWS::StepFunctions::StateMachine"]
    );
    assert_eq!(
        types(&resources_of(MONITORING)),
        [
            "AWS::CloudWatch::Alarm",
            "AWS::CloudWatch::Dashboard",
            "AWS::Logs::MetricFilter",
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
        [
            "DeploymentRole",
            "GetAggregationsRole",
            "RecalculateAggregationsRole",
            "RepairAggregationsRole",
        ]
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
    assert_eq!(of_type("AWS::SQS::QueuePolicy"), ["QueuesPolicy"]);
    let policy = &resources["QueuesPolicy"]["Properties"];
    let queues: BTreeSet<_> = policy["Queues"]
        .as_array()
        .unwrap()
        .iter()
        .map(|queue| queue["Ref"].as_str().unwrap())
        .collect();
    assert_eq!(queues.into_iter().collect::<Vec<_>>(), QUEUES);
    assert_eq!(
        policy["PolicyDocument"]["Statement"],
        json!([{
            "Sid": "RefuseUnencryptedTransport",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sqs:*",
            "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }])
    );
    assert_eq!(of_type("AWS::Serverless::Function"), FUNCTIONS);
    for function in FUNCTIONS {
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
    assert_eq!(events.len(), 4);
    for event in events.values() {
        assert_eq!(event["Properties"]["Auth"], Value::Null);
    }
    for function in ["RecalculateAggregations", "RepairAggregations"] {
        assert_eq!(resources[function]["Properties"]["Events"], Value::Null);
    }
}

#[test]
fn what_is_kept_is_encrypted_and_outlives_the_stack() {
    let resources = resources();
    let table = &resources["Table"];
    for kept in QUEUES.iter().chain(&["Table", "QueuesPolicy"]) {
        for policy in ["DeletionPolicy", "UpdateReplacePolicy"] {
            assert_eq!(resources[*kept][policy], "Retain", "{kept} {policy}");
        }
    }
    let properties = &table["Properties"];
    assert_eq!(properties["DeletionProtectionEnabled"], true);
    let own_key = only_if("WithKmsKey", json!({"Ref": "KmsKeyArn"}));
    assert_eq!(
        properties["SSESpecification"],
        json!({"SSEEnabled": true, "SSEType": "KMS", "KMSMasterKeyId": own_key})
    );
    let recovery = &properties["PointInTimeRecoverySpecification"];
    assert_eq!(recovery["PointInTimeRecoveryEnabled"], true);
    for name in QUEUES {
        let queue = &resources[name]["Properties"];
        assert_eq!(queue["KmsMasterKeyId"], own_key, "{name}");
        assert_eq!(
            queue["SqsManagedSseEnabled"],
            json!({"Fn::If": ["WithKmsKey", {"Ref": "AWS::NoValue"}, true]}),
            "{name}"
        );
        assert_eq!(queue["MessageRetentionPeriod"], 14 * 24 * 60 * 60, "{name}");
    }
    let groups = resources.iter();
    for (name, group) in groups.filter(|(_, group)| group["Type"] == "AWS::Logs::LogGroup") {
        assert_eq!(group["Properties"]["KmsKeyId"], own_key, "{name}");
    }
    let machine = &resources_of(REBUILD)["StateMachine"]["Properties"];
    let encryption = &machine["EncryptionConfiguration"]["Fn::If"];
    assert_eq!(encryption[0], "WithKmsKey");
    assert_eq!(encryption[1]["KmsKeyId"], json!({"Ref": "KmsKeyArn"}));
}
