// Prints the HTTP messages that the JavaScript SDK makes of our events; README.md says how to run it.
const { CloudEvent, HTTP } = require("cloudevents");

const attributes = {
  source: "/shop", type: "order.paid", subject: "orders/7",
  time: "2026-01-31T09:30:00Z", tenant: 'say "hi" 100%', retries: 3, urgent: true,
};
const contents = {
  json: ["application/json", { n: 1, name: "Grüße" }],
  list: ["application/json", [1, "two"]],
  text: ["text/plain", "Grüße"],
  bytes: ["application/octet-stream", new Uint8Array([255, 0, 13, 10])],
  none: [undefined, undefined],
};
const messages = Object.entries(contents).flatMap(([name, [datacontenttype, data]]) =>
  Object.entries({ binary: HTTP.binary, structured: HTTP.structured }).map(([mode, write]) => {
    const { headers, body } = write(new CloudEvent({ ...attributes, id: name, datacontenttype, data }));
    const bytes = body === undefined ? "" : Buffer.from(body).toString("base64");
    return { mode, content: name, headers, body: bytes };
  }),
);
console.log(JSON.stringify(messages, null, 1));
