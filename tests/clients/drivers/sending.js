// Sends with one library for Node as its users do: `sending.js LIBRARY HOST KEY OPTIONS`, the same as sending.py.
const path = require("node:path");
const { createRequire } = require("node:module");

const [library, host, key, text] = process.argv.slice(2);
const options = JSON.parse(text);
const libraries = createRequire(path.join(process.env.CLIENTS_NODE, "package.json"));
const NAME = "Order Completed";
const OLD = new Date("1990-01-01T00:00:00Z");
const failures = [];

const numbers = Array.from({ length: options.count }, (_, at) => options.start + at);
const failed = (error) => failures.push(String((error && error.message) || error));
const time = (number, name) => (number === options.bad ? { [name]: OLD } : {});

async function segment() {
  const { Analytics } = libraries("@segment/analytics-node");
  const client = new Analytics({ writeKey: key, host, flushInterval: 200 });
  client.on("error", (error) => failed(error.code + " " + (error.reason && (error.reason.message || error.reason))));
  for (const n of numbers) client.track({ userId: `c${n}`, event: NAME, properties: { number: n }, ...time(n, "timestamp") });
  await client.closeAndFlush();
}

// Made from Segment's; how long it waits for what is under way has to be said, and is 1.25 times its interval else.
async function customerio() {
  const { Analytics } = libraries("@customerio/cdp-analytics-node");
  const client = new Analytics({ writeKey: key, host, flushInterval: 200 });
  client.on("error", (error) => failed(error.code + " " + (error.reason && (error.reason.message || error.reason))));
  for (const n of numbers) client.track({ userId: `c${n}`, event: NAME, properties: { number: n }, ...time(n, "timestamp") });
  await client.closeAndFlush({ timeout: 30000 });
}

// One request a call, or all in one.
async function pipelines(inOne) {
  const { PipelinesClient } = libraries("customerio-node");
  const client = new PipelinesClient(key, { url: `${host}/v1` });
  const said = numbers.map((n) => ({ userId: `c${n}`, event: NAME, properties: { number: n }, ...time(n, "timestamp") }));
  if (inOne) await client.batch(said.map((one) => ({ type: "track", ...one }))).catch(failed);
  else for (const one of said) await client.track(one).catch(failed);
}

async function rudder() {
  const Rudder = libraries("@rudderstack/rudder-sdk-node");
  const client = new (Rudder.default || Rudder)(key, { dataPlaneUrl: host, flushInterval: 200, gzip: options.gzip, logLevel: "error" });
  const done = numbers.map((n) => new Promise((resolve) => {
    client.track({ userId: `c${n}`, event: NAME, properties: { number: n }, ...time(n, "timestamp") },
      (error) => { if (error) failed(error); resolve(); });
  }));
  await client.flush().catch(failed);
  await Promise.race([Promise.all(done), new Promise((resolve) => setTimeout(resolve, 30000).unref())]);
}

async function posthog() {
  const { PostHog } = libraries("posthog-node");
  const client = new PostHog(key, { host, flushInterval: 200, fetchRetryDelay: 200, disableCompression: !options.gzip });
  client.on("error", failed);
  for (const n of numbers) client.capture({ distinctId: `c${n}`, event: NAME, properties: { number: n }, ...time(n, "timestamp") });
  await client.shutdown(30000);
}

async function mixpanel() {
  const { hostname, port } = new URL(host);
  const client = libraries("mixpanel").init(key, { host: hostname, port, protocol: "http" });
  for (const n of numbers) {
    const said = { distinct_id: `c${n}`, number: n, ...(n === options.bad ? { time: 631152000 } : {}) };
    await new Promise((resolve) => client.track(NAME, said, (error) => { if (error) failed(error); resolve(); }));
  }
}

// Not flushed by hand: by that it says goodbye to what is refused, left to its interval it sends that again.
async function amplitude() {
  const client = libraries("@amplitude/analytics-node");
  await client.init(key, { serverUrl: `${host}/2/httpapi`, flushIntervalMillis: 200 }).promise;
  const done = await Promise.all(numbers.map((n) =>
    client.track(NAME, { number: n }, { user_id: `customer-${n}`, ...(n === options.bad ? { time: OLD.getTime() } : {}) }).promise));
  for (const result of done) if (result.code !== 200) failed(`${result.code} ${result.message}`);
}

const SENDERS = {
  "@segment/analytics-node": segment,
  "@customerio/cdp-analytics-node": customerio,
  "customerio-node": () => pipelines(false),
  "customerio-node batch": () => pipelines(true),
  "@amplitude/analytics-node": amplitude,
  "@rudderstack/rudder-sdk-node": rudder,
  "posthog-node": posthog,
  "mixpanel for Node": mixpanel,
};

console.error = console.warn = console.log; // what libraries say goes to standard error, the answer alone to standard output
console.log = (...said) => process.stderr.write(said.map(String).join(" ") + "\n");
SENDERS[library]().catch(failed).finally(() => {
  process.stdout.write("\nFAILURES " + JSON.stringify(failures) + "\n");
  process.exit(0);
});
