// The JavaScript SDK v3 against a daemon: `node eventbridge.mjs URL`. Ends with an error at the first thing that is not as it should be.
import assert from "node:assert/strict";
import * as sdk from "@aws-sdk/client-eventbridge";

const endpoint = process.argv[2];
const account = "123456789012";
const region = "eu-west-2";
const client = new sdk.EventBridgeClient({
  endpoint,
  region,
  maxAttempts: 1,
  credentials: { accessKeyId: account, secretAccessKey: "any" },
});

const call = (operation, input = {}) => client.send(new sdk[`${operation}Command`](input));
const arn = (resource) => `arn:aws:events:${region}:${account}:${resource}`;

async function refused(type, operation, input) {
  await assert.rejects(call(operation, input), (error) => {
    assert.equal(error.name, type);
    assert.ok(error instanceof sdk.EventBridgeServiceException);
    return true;
  });
}

async function buses() {
  const made = await call("CreateEventBus", { Name: "central", Description: "d", LogConfig: { Level: "INFO" } });
  assert.equal(made.EventBusArn, arn("event-bus/central"));
  const updated = await call("UpdateEventBus", { Name: "central", Description: "e" });
  assert.deepEqual([updated.Description, updated.LogConfig.Level], ["e", "INFO"]);
  const described = await call("DescribeEventBus", { Name: "central" });
  assert.ok(described.CreationTime instanceof Date);
  assert.ok(Math.abs(Date.now() - described.CreationTime) < 60_000);
  await refused("ResourceNotFoundException", "DescribeEventBus", { Name: "none" });
  await call("PutPermission", {
    EventBusName: "central", Action: "events:PutEvents", Principal: "111111111111", StatementId: "one",
  });
  const { Policy } = await call("DescribeEventBus", { Name: "central" });
  assert.equal(JSON.parse(Policy).Statement[0].Sid, "one");
  await call("RemovePermission", { EventBusName: "central", RemoveAllPermissions: true });
}

async function rules() {
  const on = { EventBusName: "central" };
  const rule = await call("PutRule", { Name: "r", EventPattern: '{"source":["shop"]}', ...on });
  assert.equal(rule.RuleArn, arn("rule/central/r"));
  const targets = [{ Id: "1", Arn: "file:js", InputPath: "$.detail" }];
  assert.equal((await call("PutTargets", { Rule: "r", Targets: targets, ...on })).FailedEntryCount, 0);
  assert.deepEqual((await call("ListTargetsByRule", { Rule: "r", ...on })).Targets, targets);
  await call("TagResource", { ResourceARN: rule.RuleArn, Tags: [{ Key: "a", Value: "1" }] });
  assert.deepEqual((await call("ListTagsForResource", { ResourceARN: rule.RuleArn })).Tags, [{ Key: "a", Value: "1" }]);
  await refused("ValidationException", "DeleteRule", { Name: "r", ...on });
  await refused("InvalidEventPatternException", "PutRule", { Name: "x", EventPattern: "[]", ...on });
}

async function events() {
  const answer = await call("PutEvents", {
    Entries: [
      { Source: "shop", DetailType: "t", Detail: '{"n": 1.10}', EventBusName: "central", Time: new Date("2026-01-02T03:04:05.678Z") },
      { Source: "shop", DetailType: "t", Detail: "no json", EventBusName: "central" },
      { Source: "shop", DetailType: "t", Detail: "{}", EventBusName: arn("event-bus/central") },
    ],
  });
  assert.equal(answer.FailedEntryCount, 1);
  assert.match(answer.Entries[0].EventId, /^[0-9a-f-]{36}$/);
  assert.equal(answer.Entries[1].ErrorCode, "MalformedDetail");
}

async function connections() {
  const { ConnectionArn } = await call("CreateConnection", {
    Name: "c", AuthorizationType: "BASIC", AuthParameters: { BasicAuthParameters: { Username: "u", Password: "secret" } },
  });
  const described = await call("DescribeConnection", { Name: "c" });
  assert.deepEqual(described.AuthParameters.BasicAuthParameters, { Username: "u" });
  await call("CreateApiDestination", { Name: "d", ConnectionArn, HttpMethod: "POST", InvocationEndpoint: "https://hooks.example/in" });
  assert.equal((await call("DescribeApiDestination", { Name: "d" })).ApiDestinationState, "ACTIVE");
}

async function archives() {
  const made = await call("CreateArchive", { ArchiveName: "a", EventSourceArn: arn("event-bus/central") });
  assert.equal(made.ArchiveArn, arn("archive/a"));
  const started = await call("StartReplay", {
    ReplayName: "p",
    EventSourceArn: made.ArchiveArn,
    EventStartTime: new Date("2026-01-01T00:00:00Z"),
    EventEndTime: new Date("2026-01-02T00:00:00Z"),
    Destination: { Arn: arn("event-bus/central") },
  });
  assert.equal(started.State, "STARTING");
  const replay = await call("DescribeReplay", { ReplayName: "p" });
  assert.equal(replay.EventStartTime.toISOString(), "2026-01-01T00:00:00.000Z");
}

for (const part of [buses, rules, connections, archives, events]) {
  await part();
  console.log(`${part.name}: as expected`);
}
