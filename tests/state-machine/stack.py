"""A local stack of its own, its HTTP API and its DynamoDB."""

import json
import subprocess
import threading
import time
import urllib.error
import urllib.request

from function import TABLE

# The names of this machine's proxy, if it has one, are none of the stack's business.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Stack:
    def __init__(self, binary, log):
        flags = ["--in-memory", "--no-sample", "--http", "127.0.0.1:0", "--dynamodb", "127.0.0.1:0"]
        self.process = subprocess.Popen([binary, "up", *flags], stdout=subprocess.PIPE, stderr=log, text=True)
        self.api = self.dynamodb = None
        for line in self.process.stdout:
            words = line.split()
            if line.startswith("HTTP API"):
                self.api = words[2].split("/profiles/")[0]
            elif line.startswith("DynamoDB"):
                self.dynamodb = words[1]
            if self.api and self.dynamodb:
                break
        # The rest of what it prints is read away, so that it never waits for a reader.
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def ask(self, operation, request):
        """Sends DynamoDB a request about the table."""
        headers = {
            "Authorization": "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Date": "20260101T000000Z",
            "X-Amz-Target": f"DynamoDB_20120810.{operation}",
        }
        request = urllib.request.Request(self.dynamodb, json.dumps(request).encode(), headers)
        with OPENER.open(request, timeout=30) as answer:
            return json.load(answer)

    def put(self, items):
        for begin in range(0, len(items), 25):
            puts = [{"PutRequest": {"Item": item}} for item in items[begin:begin + 25]]
            left = self.ask("BatchWriteItem", {"RequestItems": {TABLE: puts}})["UnprocessedItems"]
            assert not left, left

    def derived(self, profile):
        """The derived item of a profile."""
        return self.ask("GetItem", {"TableName": TABLE, "Key": derived_key(profile), "ConsistentRead": True})["Item"]

    def delete_derived(self, profile):
        self.ask("DeleteItem", {"TableName": TABLE, "Key": derived_key(profile)})

    def get(self, profile):
        """The document of a profile; `None` if there is none yet."""
        try:
            with OPENER.open(f"{self.api}/profiles/{profile}/aggregations", timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise

    def wait_for(self, profiles, spend):
        """Waits until the document of each profile says so."""
        end = time.monotonic() + 60
        for profile in profiles:
            while (document := self.get(profile)) is None or document["spend_all"] != spend:
                assert time.monotonic() < end, f"{profile} is not calculated: {document}"
                time.sleep(0.02)


def derived_key(profile):
    return {"pk": {"S": f"PROFILE#{profile}"}, "sk": {"S": "AGG"}}
