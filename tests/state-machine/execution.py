"""Executes infra/rebuild.asl.json in moto's interpreter of state machines, in this process."""

import json
import logging
import time
import uuid
from types import SimpleNamespace
from unittest import mock

import boto3
from moto import mock_aws
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils

from function import ARN

# It reports each path that a Choice asks for in vain.
logging.getLogger("moto").setLevel(logging.CRITICAL)


class StateMachine:
    def __init__(self, definition, function):
        self.definition, self.function = definition, function
        # How long it would have waited before each retry, in seconds.
        self.waits = []

    def __enter__(self):
        credentials = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
        self.patches = [
            mock.patch.dict("os.environ", credentials),
            mock_aws(config={"stepfunctions": {"execute_state_machine": True}}),
            mock.patch.object(lambda_eval_utils, "_invoke_lambda_function", self.invoke),
            # Retries that wait for nothing.
            mock.patch.object(retrier_decl, "time", SimpleNamespace(sleep=self.waits.append)),
        ]
        for patch in self.patches:
            patch.__enter__()
        self.client = boto3.client("stepfunctions", region_name="us-east-1")
        machine = self.client.create_state_machine(
            name="rebuild", definition=self.definition, roleArn="arn:aws:iam::123456789012:role/rebuild")
        self.arn = machine["stateMachineArn"]
        return self

    def __exit__(self, *failure):
        for patch in reversed(self.patches):
            patch.__exit__(*failure)

    def invoke(self, parameters, region, state_credentials):
        assert parameters["FunctionName"] == ARN, parameters
        failed, answer = self.function.invoke(parameters["Payload"])
        response = {"StatusCode": 200, "ExecutedVersion": "1", "Payload": answer}
        return {**response, "FunctionError": "Unhandled"} if failed else response

    def execute(self, input):
        """Returns the output, or the error and its cause."""
        self.waits.clear()
        self.function.forget()
        started = self.client.start_execution(stateMachineArn=self.arn, name=str(uuid.uuid4()), input=json.dumps(input))
        arn = started["executionArn"]
        end = time.monotonic() + 120
        while (execution := self.client.describe_execution(executionArn=arn))["status"] == "RUNNING":
            assert time.monotonic() < end, "the execution does not end"
            time.sleep(0.05)
        if execution["status"] == "SUCCEEDED":
            return json.loads(execution["output"])
        return execution.get("error"), execution.get("cause")
