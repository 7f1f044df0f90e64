"""The AWS SDK for JavaScript v3, unchanged."""
import harness
import javascript


def test_the_javascript_sdk_puts_events_and_one_resource_of_each_kind(start):
    bus = start()
    printed = javascript.run("eventbridge.mjs", bus.url)
    assert "events: as expected" in printed
    lines = harness.wait_until(lambda: len(bus.log_lines("js")) == 2 and bus.log_lines("js"), "both events in the log file")
    assert {"n": 1.10} in lines
