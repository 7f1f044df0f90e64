"""A large rule set through the API: 2,000 rules with five targets each. The figures to reach (20 s to put, 1 s to list, 2 s to restart) are
printed, and the bounds below are wider, as tests share their machine with others."""
import http.client
import json
import threading
import time

RULES = 2000
TARGETS = 5
CLIENTS = 8
# Times the figure to reach.
PATIENCE = 5


class Caller:
    """AWS JSON calls on one connection."""

    def __init__(self, daemon):
        self.connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=60)

    def __call__(self, operation, **body):
        self.connection.request("POST", "/", json.dumps(body), {
            "X-Amz-Target": f"AWSEvents.{operation}", "Content-Type": "application/x-amz-json-1.1"})
        response = self.connection.getresponse()
        answer = json.loads(response.read())
        assert response.status == 200, answer
        return answer

    def close(self):
        self.connection.close()


def put_rules(daemon, numbers):
    call = Caller(daemon)
    for number in numbers:
        name = f"rule-{number:04}"
        call("PutRule", Name=name, EventPattern=json.dumps({"source": ["shop"], "detail": {"tenant": [f"t{number}"]}}))
        call("PutTargets", Rule=name, Targets=[{"Id": str(i), "Arn": f"file:out-{number % 10}-{i}"} for i in range(TARGETS)])
    call.close()


def timed(work):
    started = time.monotonic()
    result = work()
    return time.monotonic() - started, result


def put_all(daemon):
    threads = [threading.Thread(target=put_rules, args=(daemon, range(first, RULES, CLIENTS))) for first in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def list_all(daemon):
    call = Caller(daemon)
    names, token = [], {}
    while True:
        page = call("ListRules", Limit=100, **token)
        names += [rule["Name"] for rule in page["Rules"]]
        if "NextToken" not in page:
            call.close()
            return names
        token = {"NextToken": page["NextToken"]}


def test_two_thousand_rules_are_put_listed_and_read_again(start):
    bus = start()
    putting, _ = timed(lambda: put_all(bus))
    listing, names = timed(lambda: list_all(bus))
    assert names == [f"rule-{number:04}" for number in range(RULES)]
    bus.kill()
    restarting, _ = timed(bus.start)
    print(f"\n{RULES} rules with {TARGETS} targets: put in {putting:.2f} s, listed in {listing:.2f} s, restarted in {restarting:.2f} s")

    assert list_all(bus) == names
    call = Caller(bus)
    assert len(call("ListTargetsByRule", Rule="rule-1234")["Targets"]) == TARGETS
    assert call("ListRuleNamesByTarget", TargetArn="file:out-4-0", Limit=2)["RuleNames"] == ["rule-0004", "rule-0014"]
    call("PutEvents", Entries=[{"Source": "shop", "DetailType": "t", "Detail": '{"tenant": "t1234"}'}])
    call.close()
    bus.wait_idle()
    assert [len(bus.log_lines(f"out-4-{i}")) for i in range(TARGETS)] == [1] * TARGETS
    assert putting <= 20 * PATIENCE and listing <= 1 * PATIENCE and restarting <= 2 * PATIENCE
