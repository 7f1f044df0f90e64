// webhooks.mjs SECRET… with received webhooks [{headers, body}] on standard input: each must be good for every secret, and for no
// other. Prints one that the package signs itself, for the program under test.
import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";

const secrets = process.argv.slice(2);
const received = JSON.parse(readFileSync(0, "utf8"));

function isGood(secret, body, headers) {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

const problems = received.flatMap(({ headers, body }, nth) => [
  ...secrets.filter((secret) => !isGood(secret, body, headers)).map((secret, which) => `webhook ${nth} is not good for secret ${which}`),
  ...(isGood("whsec_" + "A".repeat(32), body, headers) ? [`webhook ${nth} is good for any secret`] : []),
  ...(isGood(secrets[0], body + " ", headers) ? [`webhook ${nth} is good with another body`] : []),
]);
if (problems.length > 0) {
  console.error(problems.join("\n"));
  process.exit(1);
}
const now = new Date();
console.log(JSON.stringify({
  verified: received.length,
  timestamp: String(Math.floor(now.getTime() / 1000)),
  signature: new Webhook(secrets[0]).sign("msg_js", now, '{"a":"Zoë"}'),
}));
