"""A large rule set through the API: 2,000 rules with five targets each. The figures to reach (20 s to put, 1 s to list, 2 s to restart) are
printed, and the bounds below are wider, as tests share their machine with others."""
import concurrent.futures
import http.client
import json
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


def side_by_side(work, count):
    """work(numbers), with the numbers up to `count` shared out among some threads; the first failure is the test's."""
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as threads:
        for done in [threads.submit(work, range(first, count, CLIENTS)) for first in range(CLIENTS)]:
            done.result()


def put_all(daemon):
    side_by_side(lambda numbers: put_rules(daemon, numbers), RULES)


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


def test_changes_of_one_rule_at_once_lose_nothing(start):
    bus = start()
    count = 96

    def pattern(number):
        return json.dumps({"source": [f"s{number}"]})

    def change(numbers):
        call = Caller(bus)
        for number in numbers:
            call("PutRule", Name="r", EventPattern=pattern(number))
            call("PutTargets", Rule="r", Targets=[{"Id": f"t{number}", "Arn": "file:out"}])
        call.close()

    side_by_side(change, count)
    call = Caller(bus)
    assert {target["Id"] for target in call("ListTargetsByRule", Rule="r")["Targets"]} == {f"t{number}" for number in range(count)}
    assert call("DescribeRule", Name="r")["EventPattern"] in [pattern(number) for number in range(count)]
    call.close()
