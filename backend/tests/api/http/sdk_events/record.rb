# Prints the HTTP messages that the Ruby SDK makes of our events; README.md says how to run it.
require "base64"
require "cloud_events"

ATTRIBUTES = {
  source: "/caf%C3%A9", type: "order.paid", subject: "orders/7 €", spec_version: "1.0",
  time: "2026-01-31T09:30:00Z", tenant: 'say "hi" 100%', retries: "3", urgent: "true"
}.freeze
CONTENTS = {
  json: ["application/json", { "n" => 1, "name" => "Grüße" }],
  list: ["application/json", [1, "two"]],
  text: ["text/plain", "Grüße"],
  bytes: ["application/octet-stream", "\xFF\x00\r\n".b],
  none: [nil, nil]
}.freeze

def event_of(id, type, data)
  given = { data_content_type: type, data: data }.compact
  CloudEvents::Event.create(id: id.to_s, **ATTRIBUTES, **given)
end

http = CloudEvents::HttpBinding.default
messages = CONTENTS.flat_map do |name, (type, data)|
  %w[binary structured].map do |mode|
    headers, body = http.encode_event(event_of(name, type, data), structured_format: mode == "structured" ? "json" : nil)
    { mode: mode, content: name, headers: headers, body: Base64.strict_encode64(body || "") }
  end
end
events = CONTENTS.map { |name, (type, data)| event_of(name, type, data) }
headers, body = http.encode_event(events, structured_format: "json")
messages << { mode: "batch", content: "all", headers: headers, body: Base64.strict_encode64(body) }
puts JSON.pretty_generate(messages)
