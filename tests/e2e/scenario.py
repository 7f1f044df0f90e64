"""Calls of the API as data, to be made by any client."""
import json
import pathlib
import re
import subprocess

import botocore.exceptions
import harness


class Refused(Exception):
    """The service's code and message, whatever client got them."""

    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code = code


class Boto3:
    """Debian's boto3."""

    def __init__(self, daemon, account="000000000000", region="us-east-1"):
        self.events = harness.events_client(daemon, account, region)
        self.operations = set(self.events.meta.service_model.operation_names)

    def call(self, operation, parameters):
        try:
            answer = self.events._make_api_call(operation, parameters)
        except botocore.exceptions.ClientError as error:
            raise Refused(error.response["Error"]["Code"], error.response["Error"]["Message"])
        answer.pop("ResponseMetadata")
        return answer

    def close(self):
        self.events.close()


class CommandLine:
    """Debian's awscli, with the parameters as `--cli-input-json`."""

    ERROR = re.compile(r"An error occurred \((\w+)\) when calling the \w+ operation: (.*)", re.DOTALL)

    def __init__(self, daemon, account="000000000000", region="us-east-1"):
        self.start = ["--endpoint-url", daemon.url, "--output", "json", "events"]
        self.operations = Boto3(daemon).operations
        self.process = subprocess.Popen(
            ["/usr/bin/python3", str(pathlib.Path(__file__).with_name("aws_command_line.py"))],
            env=harness.aws_environment(account, region), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def call(self, operation, parameters):
        command = re.sub(r"(?<=[a-z])([A-Z])", r"-\1", operation).lower()
        arguments = self.start + [command, "--cli-input-json", json.dumps(parameters)]
        self.process.stdin.write(json.dumps(arguments) + "\n")
        self.process.stdin.flush()
        done = json.loads(self.process.stdout.readline())
        if done["status"]:
            found = self.ERROR.search(done["err"])
            assert found, done
            raise Refused(found.group(1), found.group(2).strip())
        return json.loads(done["out"]) if done["out"].strip() else {}

    def close(self):
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


class Scenario:
    """Makes calls with one client and remembers which operations have been called."""

    def __init__(self, client):
        self.client = client
        self.called = set()

    def __call__(self, operation, **parameters):
        self.called.add(operation)
        return self.client.call(operation, parameters)

    def refused(self, code, operation, **parameters):
        try:
            answer = self(operation, **parameters)
        except Refused as refusal:
            assert refusal.code == code, refusal
            return str(refusal)
        raise AssertionError(f"{operation} was expected to answer {code}, and answered {answer}")
