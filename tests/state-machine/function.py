"""The repair function as Lambda runs it: the built program asks for events and answers them, with a deadline for each.

Its requests to DynamoDB pass through here, so that a check can leave some of them unanswered, or refuse them.
"""

import http.client
import http.server
import json
import queue
import subprocess
import threading
import time
import uuid
from urllib.parse import urlsplit

ARN = "arn:aws:lambda:us-east-1:123456789012:function:repair-aggregations:live"
TABLE = "profile-aggregations"


class Sandbox:
    """One process, which works on one event at a time."""

    def __init__(self):
        self.events = queue.Queue()
        self.answers = queue.Queue()
        self.lock = threading.Lock()
        self.requests_left = None
        self.is_over = threading.Event()


class Function:
    """Starts as many sandboxes as there are invocations at the same time."""

    def __init__(self, binary, dynamodb, log):
        self.binary, self.dynamodb, self.log = binary, urlsplit(dynamodb).netloc, log
        # Seconds from the beginning of an invocation to its deadline.
        self.seconds = 900
        # How many of its requests an invocation gets answered; `None` for all of them.
        self.requests = None
        # Whether a request is refused, by its operation and its content.
        self.refuses = lambda operation, request: False
        self.forget()
        self.lock = threading.Lock()
        self.sandboxes, self.idle, self.processes = [], queue.LifoQueue(), []
        handler = type("Handler", (Handler,), {"function": self})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def forget(self):
        """Forgets the invocations so far."""
        self.invocations, self.running, self.most_running = [], 0, 0

    def invoke(self, payload):
        """Returns whether the function failed, and its answer."""
        with self.lock:
            self.running += 1
            self.most_running = max(self.most_running, self.running)
            sandbox = self.start() if self.idle.empty() else self.idle.get()
        sandbox.requests_left, sandbox.is_over = self.requests, threading.Event()
        sandbox.events.put(payload)
        failed, answer = sandbox.answers.get(timeout=120)
        sandbox.is_over.set()
        with self.lock:
            self.running -= 1
            self.invocations.append((json.loads(payload), failed, answer))
            self.idle.put(sandbox)
        return failed, answer

    def start(self):
        base = f"http://127.0.0.1:{self.server.server_port}/{len(self.sandboxes)}"
        sandbox = Sandbox()
        self.sandboxes.append(sandbox)
        environment = {
            "AWS_LAMBDA_RUNTIME_API": base,
            "AWS_LAMBDA_FUNCTION_NAME": "repair-aggregations",
            "AWS_LAMBDA_FUNCTION_VERSION": "1",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_ENDPOINT_URL_DYNAMODB": f"{base}/dynamodb",
            "TABLE_NAME": TABLE,
        }
        self.processes.append(subprocess.Popen([self.binary], env=environment, stdout=self.log, stderr=self.log))
        return sandbox

    def stop(self):
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()


class Handler(http.server.BaseHTTPRequestHandler):
    """Lambda's runtime interface, and DynamoDB, for all sandboxes: the path begins with the number of one."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    connection_to_dynamodb = None

    def handle_request(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        _, number, kind, *rest = self.path.split("/")
        sandbox = self.function.sandboxes[int(number)]
        if kind == "dynamodb":
            self.pass_on(sandbox, body)
        elif rest[-1] == "next":
            payload = sandbox.events.get()
            deadline = int((time.time() + self.function.seconds) * 1000)
            self.answer(200, payload, {
                "Lambda-Runtime-Aws-Request-Id": str(uuid.uuid4()),
                "Lambda-Runtime-Deadline-Ms": deadline,
                "Lambda-Runtime-Invoked-Function-Arn": ARN,
            })
        else:
            # `/response`, or `/error` with the type of the error in its body.
            sandbox.answers.put((rest[-1] == "error", json.loads(body)))
            self.answer(202, b"{}", {})

    do_GET = do_POST = handle_request

    def pass_on(self, sandbox, body):
        operation = self.headers["X-Amz-Target"].split(".")[-1]
        with sandbox.lock:
            is_over, left = sandbox.is_over, sandbox.requests_left
            if left is not None:
                sandbox.requests_left = max(left - 1, 0)
        if left == 0:
            is_over.wait(60)
            self.close_connection = True
            return
        if self.function.refuses(operation, json.loads(body)):
            refused = {"__type": "com.amazonaws.dynamodb.v20120810#AccessDeniedException", "message": "not allowed"}
            self.answer(400, json.dumps(refused).encode(), {"Content-Type": "application/x-amz-json-1.0"})
            return
        if self.connection_to_dynamodb is None:
            self.connection_to_dynamodb = http.client.HTTPConnection(self.function.dynamodb)
        self.connection_to_dynamodb.request("POST", "/", body, {n: v for n, v in self.headers.items() if n.lower() != "host"})
        answer = self.connection_to_dynamodb.getresponse()
        content = answer.read()
        passed = ("connection", "content-length", "transfer-encoding")
        self.answer(answer.status, content, {n: v for n, v in answer.getheaders() if n.lower() not in passed})

    def answer(self, status, content, headers):
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", len(content))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass
