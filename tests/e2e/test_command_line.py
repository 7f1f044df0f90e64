"""The program as an operator meets it: serve without files, check, managed rules, exit statuses."""
import json
import subprocess

import harness


def run(*arguments, **options):
    return subprocess.run([harness.BINARY, *arguments], capture_output=True, text=True, timeout=30, **options)


def test_check_finds_nothing_wrong_with_what_we_ship():
    config = harness.ROOT / "config"
    for paths in (["eventbusd.yaml"], ["rules"], ["eventbusd.yaml", "rules"], ["samples/hadoop/central.yaml"],
                  ["samples/hadoop/consumer.yaml"], ["samples/widgets/central.yaml", "samples/widgets/services.yaml"]):
        done = run("check", *(str(config / path) for path in paths))
        assert (done.returncode, done.stderr) == (0, ""), paths
        assert done.stdout.startswith("no problem found: ")


def test_check_reports_every_problem_with_its_place_and_what_was_expected(tmp_path):
    rules = tmp_path / "rules.yaml"
    rules.write_text(
        "Rules:\n"
        "  - Name: bad name\n"
        "    EventPattern:\n"
        "      source: [{prefxi: a}]\n"
        "    Targets:\n"
        "      - Id: '1'\n"
        "        Arn: http://user@host/\n"
        "  - Name: good\n"
        "    EventPatern: {source: [a]}\n")
    config = tmp_path / "eventbusd.yaml"
    config.write_text("rules: [rules.yaml]\nlisten:\n  adress: 127.0.0.1:1\n")
    done = run("check", str(config), str(rules))
    assert done.returncode == 78
    problems = done.stderr.splitlines()
    assert any(line.startswith(f"{config}:3:3: /listen/adress: ") and "address" in line for line in problems), problems
    assert any(line.startswith(f"{rules}:9:5: /Rules/1/EventPatern: ") and "EventPattern" in line for line in problems), problems


def test_check_points_into_the_pattern_and_at_the_target(tmp_path):
    rules = tmp_path / "rules.yaml"
    rules.write_text(
        "Rules:\n"
        "  - Name: r\n"
        "    EventPattern:\n"
        "      source: [{prefxi: a}]\n"
        "    Targets:\n"
        "      - Id: '1'\n"
        "        Arn: file:x\n"
        "  - Name: s\n"
        "    EventPattern: {source: [a]}\n"
        "    Targets:\n"
        "      - Id: '1'\n"
        "        Arn: http://127.1/\n")
    done = run("check", str(rules))
    assert done.returncode == 78
    first, second = done.stderr.splitlines()
    assert first.startswith(f"{rules}:4:") and "Unrecognized match type prefxi" in first
    assert second.startswith(f"{rules}:12:14: ") and "127.1" in second


def test_serve_refuses_a_wrong_configuration_before_it_touches_anything(tmp_path):
    config = tmp_path / "eventbusd.yaml"
    config.write_text("limits: {connections: many}\n")
    done = run("serve", "--config", str(config), "--data", str(tmp_path / "data"))
    assert done.returncode == 78
    assert f"{config}:1:23: /limits/connections: " in done.stderr and "many" in done.stderr
    assert not (tmp_path / "data").exists()


def test_serve_alone_works_in_an_empty_folder(tmp_path):
    process = subprocess.Popen([harness.BINARY, "serve", "--listen", "127.0.0.1:0"], cwd=tmp_path,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        url = harness.LISTENING.search(process.stdout.readline()).group(1)
        assert harness.request(url + "/readyz")[0] == 200
        assert harness.request(url + "/events", {"source": "a", "detail-type": "b", "detail": {}})[0] == 200
        assert (tmp_path / "eventbusd-data" / "eventbusd.db").exists()
    finally:
        process.terminate()
        assert process.wait(40) == 0
        process.stdout.close()


def test_an_address_in_use_is_named(start, tmp_path):
    bus = start()
    done = run("serve", "--listen", f"127.0.0.1:{bus.port}", "--data", str(tmp_path / "other"))
    assert done.returncode == 69
    assert str(bus.port) in done.stderr


def test_usage_errors_exit_with_64_and_help_shows_an_example():
    assert run("serve", "--nonsense").returncode == 64
    assert run().returncode == 64
    for words in (["dlg"], ["dlq", "lst"], ["dlq", "lst", "--all"]):
        done = run(*words)
        assert done.returncode == 64 and f'no command "{" ".join(words[:2])}"; there are ' in done.stderr, done.stderr
    assert "redrive, " in done.stderr
    assert run("dlq", "show").returncode == 64
    assert "eventbusd check config/eventbusd.yaml" in run("check", "--help").stdout
    assert run("--version").stdout.startswith("eventbusd ")


def test_rules_from_files_are_marked_and_the_api_refuses_to_change_them(tmp_path, start):
    (tmp_path / "bus").mkdir()
    (tmp_path / "bus" / "rules.yaml").write_text(
        "EventBuses: [{Name: central}]\n"
        "Rules:\n  - {Name: r, EventBusName: central, EventPattern: {source: [a]}, Targets: [{Id: '1', Arn: 'file:x'}]}\n")
    bus = start("bus", config="rules: [rules.yaml]\n")
    status, rule = bus.call("DescribeRule", Name="r", EventBusName="central")
    assert status == 200 and rule["ManagedBy"].startswith("config:")
    assert json.loads(rule["EventPattern"]) == {"source": ["a"]}
    for operation, arguments in (
            ("PutRule", {"Name": "r", "EventPattern": "{\"source\":[\"b\"]}"}), ("DisableRule", {"Name": "r"}),
            ("DeleteRule", {"Name": "r"}), ("RemoveTargets", {"Rule": "r", "Ids": ["1"]}),
            ("PutTargets", {"Rule": "r", "Targets": [{"Id": "2", "Arn": "file:y"}]})):
        status, answer = bus.call(operation, EventBusName="central", **arguments)
        assert (status, answer["__type"]) == (400, "ManagedRuleException"), operation
        assert "rules.yaml" in answer["message"], operation
    assert len(bus.call("ListTargetsByRule", Rule="r", EventBusName="central")[1]["Targets"]) == 1
