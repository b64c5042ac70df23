"""The checks of tests/state-machine.sh: python checks.py FOLDER_OF_BINARIES DEFINITION LOG"""

import json
import subprocess
import sys

from execution import StateMachine
from function import Function
from stack import Stack

PROFILES = [f"p{number:03}" for number in range(160)]
SEGMENTS = 4
RETRIES = 8


def check(what, expected, seen):
    if expected != seen:
        sys.exit(f"FAILED  {what}\n  expected  {expected}\n  saw       {seen}")
    print(f"ok      {what}", flush=True)


def segments(of, verify):
    return [{"segment": segment, "of": of, "from": None, "verify": verify} for segment in range(of)]


def total(of, different=0):
    counts = {"profiles": len(PROFILES), "different": different, "failed": 0}
    return {"segments": of, "counts": counts, "unfinished": []}


def purchases(stack):
    """Three purchases of each profile, one after the other, so that no record is on its way when the last is calculated. Returns
    the derived items as they were after the second."""
    for number in range(1, 4):
        stack.put([{
            "pk": {"S": f"PROFILE#{profile}"},
            "sk": {"S": f"TXN#2026-01-{number:02}T10:00:00Z#{number}"},
            "total": {"N": "10.5"},
        } for profile in PROFILES])
        stack.wait_for(PROFILES, 10.5 * number)
        if number == 2:
            older = [stack.derived(profile) for profile in PROFILES[:3]]
    return older


def damage(stack, older):
    """Damages derived items; returns how many."""
    stack.put(older)
    deleted, garbled, swapped = PROFILES[10:14], PROFILES[20:24], PROFILES[30:35]
    for profile in deleted:
        stack.delete_derived(profile)
    for profile in garbled:
        item = stack.derived(profile)
        item["ledger"] = {"B": "AQIDBAUGBwg="}
        stack.put([item])
    for profile in swapped:
        other = stack.derived(PROFILES[100])
        stack.put([{**other, "pk": {"S": f"PROFILE#{profile}"}}])
    return sum(map(len, (older, deleted, garbled, swapped)))


def check_damage(stack, function, machine, older):
    check("a base in order has no differences", total(SEGMENTS), machine.execute({"segments": segments(SEGMENTS, True)}))
    damaged = damage(stack, older)
    verified = machine.execute({"segments": segments(SEGMENTS, True)})
    check(f"{damaged} damaged derived items are that many differences", total(SEGMENTS, damaged), verified)
    check("... each segment is one invocation, and one adds up", SEGMENTS + 1, len(function.invocations))
    rebuilt = machine.execute({"segments": segments(SEGMENTS, False), "concurrency": 2})
    check("a rebuild reaches every profile, and none fails", total(SEGMENTS), rebuilt)
    check("... with as many segments at a time as were asked for", 2, function.most_running)
    verified = machine.execute({"segments": segments(SEGMENTS, True)})
    check("afterwards there are no differences", total(SEGMENTS), verified)


def check_deadline(function, machine):
    # Of an invocation, the first requests are answered: more than its first profiles need, and fewer than all do. It stops 5
    # seconds before its deadline.
    function.requests, function.seconds = 120, 10
    rebuilt = machine.execute({"segments": segments(2, False)})
    check("what the deadlines cut into parts is complete", total(2), rebuilt)
    parts = [answer for event, failed, answer in function.invocations if "segment" in event and not failed]
    for segment in range(2):
        mine = [answer for answer in parts if answer["segment"] == segment]
        check(f"... segment {segment} took several invocations", True, len(mine) > 1)
        check("... all but its last say where to go on", [False] * (len(mine) - 1) + [True], [answer["from"] is None for answer in mine])
        done = [answer["counts"]["profiles"] for answer in mine]
        check("... and each gets further", sorted(set(done)), done)


def check_failure(function, machine):
    # The first part of the segment is done; where it goes on, the table refuses.
    function.refuses = lambda operation, request: (
        operation == "Scan" and request.get("Segment") == 1 and "ExclusiveStartKey" in request)
    error, cause = machine.execute({"segments": segments(2, False)})
    check("a segment that fails makes the execution fail", "SegmentsUnfinished", error)
    told = json.loads(cause)
    stopped = [answer for event, failed, answer in function.invocations if event.get("segment") == 1 and not failed][-1]
    check("... it was tried again", (RETRIES, RETRIES + 1), (len(machine.waits), sum(failed for _, failed, _ in function.invocations)))
    check("... with back-off", True, all(wait <= min(5 * 2**tried, 300) for tried, wait in enumerate(machine.waits)))
    expected = {"segment": 1, "of": 2, "from": stopped["from"], "verify": False, "error": "Table"}
    left = [{name: value for name, value in segment.items() if name != "counts"} for segment in told["unfinished"]]
    check("... the cause names it, and where to go on", [expected], left)
    other = [answer for event, _, answer in function.invocations if event.get("segment") == 0][-1]
    check("... the other segment is finished", None, other["from"])
    done = other["counts"]["profiles"] + stopped["counts"]["profiles"]
    check("... what was done counts", done, told["counts"]["profiles"])

    function.refuses = lambda operation, request: False
    function.requests, function.seconds = None, 900
    rest = machine.execute({"segments": told["unfinished"]})
    check("the cause's segments go on from there", (1, len(PROFILES) - done, []),
          (rest["segments"], rest["counts"]["profiles"], rest["unfinished"]))


def check_bad_input(function, machine):
    error, cause = machine.execute({"segments": [*segments(2, True), {"segment": 2, "of": 2}]})
    named = [(segment["segment"], segment["error"]) for segment in json.loads(cause)["unfinished"]]
    check("a segment that does not exist is named", ("SegmentsUnfinished", [(2, "NoSegment")]), (error, named))
    check("... and not tried again", [], machine.waits)
    error, cause = machine.execute({"segments": [{"segment": 1, "of": 1}] * 51})
    check("more unfinished segments than a cause has room for are in the history", ("SegmentsUnfinished", "Over 50 segments"), (error, cause[:16]))


def main(binaries, definition, log):
    with open(definition) as file:
        definition = file.read()
    with open(log, "w") as log:
        stack = Stack(f"{binaries}/aggregations", log)
        function = Function(f"{binaries}/recalculate-aggregations", stack.dynamodb, log)
        try:
            older = purchases(stack)
            with StateMachine(definition, function) as machine:
                check_damage(stack, function, machine, older)
                check_deadline(function, machine)
                check_failure(function, machine)
                check_bad_input(function, machine)
            command = [f"{binaries}/aggregations", "verify", "--all", "--quiet", "--endpoint-url", stack.dynamodb]
            verified = subprocess.run(command, capture_output=True, text=True, timeout=120)
            check("aggregations verify finds nothing either", (0, "", ""), (verified.returncode, verified.stdout, verified.stderr))
        finally:
            function.stop()
            stack.stop()


main(*sys.argv[1:])
