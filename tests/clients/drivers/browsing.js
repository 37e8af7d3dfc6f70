// What a page does with one library for browsers, as its users do: a visitor acts, is identified, and acts on.
// window.begin(library, host, key) starts it; window.send(options) sends; window.failures is what the library told.
const NAME = "Order Completed";
const OLD = new Date("1990-01-01T00:00:00Z");
const failures = (window.failures = []);
let started;

const failed = (error) => failures.push(String((error && (error.message || error.code || error.statusCode)) || error));

// Each gives how to act and how to be identified. Beside the host and the key only the waiting is shorter, and where the
// page is left at once not even that: then what waits goes out as the library sees to it.
const sooner = (options, told) => (options.leaves ? {} : told);

const LIBRARIES = {
  "@segment/analytics-next": async (host, key) => {
    const { AnalyticsBrowser } = await import("@segment/analytics-next");
    const [protocol, name] = host.split("://");
    const there = { integrations: { "Segment.io": { apiHost: `${name}/v1`, protocol } } };
    const [analytics] = await AnalyticsBrowser.load({ writeKey: key, cdnURL: host }, there);
    return {
      act: (number, time) => void analytics.track(NAME, { number }, time ? { timestamp: time } : {}),
      identify: (id) => void analytics.identify(id),
    };
  },
  "@customerio/cdp-analytics-browser": async (host, key) => {
    const { AnalyticsBrowser } = await import("@customerio/cdp-analytics-browser");
    const [protocol, name] = host.split("://");
    const there = { integrations: { "Customer.io Data Pipelines": { apiHost: `${name}/v1/customerio`, protocol } } };
    const [analytics] = await AnalyticsBrowser.load({ writeKey: key, cdnURL: `${host}/v1/customerio` }, there);
    return {
      act: (number, time) => void analytics.track(NAME, { number }, time ? { timestamp: time } : {}),
      identify: (id) => void analytics.identify(id),
    };
  },
  "@rudderstack/analytics-js": async (host, key) => {
    const { RudderAnalytics } = await import("@rudderstack/analytics-js/bundled");
    const analytics = new RudderAnalytics();
    await new Promise((resolve) => analytics.load(key, host, { configUrl: host, onLoaded: resolve }));
    return {
      act: (number, time) => analytics.track(NAME, { number }, time ? { originalTimestamp: time.toISOString() } : {}),
      identify: (id) => analytics.identify(id),
    };
  },
  "posthog-js": async (host, key, options) => {
    const { default: posthog } = await import("posthog-js");
    await new Promise((loaded) => posthog.init(key, {
      api_host: host, loaded, on_request_error: failed, disable_compression: options.plain,
      ...sooner(options, { request_queue_config: { flush_interval_ms: 250 } }),
    }));
    return {
      act: (number, time) => void posthog.capture(NAME, { number }, time ? { timestamp: time } : {}),
      identify: (id) => posthog.identify(id),
    };
  },
  "mixpanel-browser": async (host, key, options) => {
    const { default: mixpanel } = await import("mixpanel-browser");
    mixpanel.init(key, { api_host: host, error_reporter: failed, ...sooner(options, { batch_flush_interval_ms: 300 }) });
    return {
      act: (number, time) => void mixpanel.track(NAME, { number, ...(time ? { time: time.getTime() / 1000 } : {}) }),
      identify: (id) => mixpanel.identify(id),
    };
  },
  "@amplitude/analytics-browser": async (host, key, options) => {
    const amplitude = await import("@amplitude/analytics-browser");
    const soon = sooner(options, { flushIntervalMillis: 250 });
    await amplitude.init(key, { serverUrl: `${host}/2/httpapi`, ...soon }).promise;
    const told = (result) => { if (result.code !== 200) failed(`${result.code} ${result.message}`); };
    return {
      act: (number, time) => void amplitude.track(NAME, { number }, time ? { time: time.getTime() } : {}).promise.then(told),
      identify: (id) => amplitude.setUserId(id),
    };
  },
};

window.begin = async (library, host, key, options) => {
  started = await LIBRARIES[library](host, key, options);
};

window.send = (options) => {
  const act = (number) => started.act(number, number === options.bad ? OLD : undefined);
  act(options.start);
  started.identify(`customer-${options.start}`);
  for (let number = options.start + 1; number < options.start + options.count; number += 1) act(number);
};
