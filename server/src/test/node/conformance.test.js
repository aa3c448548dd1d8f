// The conformance suite of the protocol against the server at STREAMS_URL.
import { runConformanceTests } from "@durable-streams/server-conformance-tests";

runConformanceTests({
  baseUrl: process.env.STREAMS_URL,
  longPollTimeoutMs: 2000,
  subscriptions: process.env.STREAMS_SUBSCRIPTIONS === "true",
});
