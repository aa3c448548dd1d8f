// The protocol's own client against the server at STREAMS_URL.
import { DurableStream, IdempotentProducer, stream } from "@durable-streams/client";
import { expect, test } from "vitest";

const url = (name) => `${process.env.STREAMS_URL}/v1/stream/${name}-${Date.now()}`;

test("what is appended is read again and followed live", async () => {
  const session = await DurableStream.create({
    url: url("session"),
    contentType: "application/json",
  });
  await session.append(JSON.stringify({ token: "Hel" }));

  const seen = [];
  const reading = await stream({ url: session.url, offset: "-1", live: "sse" });
  const done = new Promise((resolve) => {
    reading.subscribeJson(async (batch) => {
      seen.push(...batch.items);
      if (seen.length === 3) {
        resolve();
      }
    });
  });
  await session.append(JSON.stringify({ token: "lo, " }));
  await session.append(JSON.stringify({ token: "world" }));
  await done;

  expect(seen.map((each) => each.token).join("")).toBe("Hello, world");
  await session.close();
  expect((await session.head()).streamClosed).toBe(true);
});

test("a reader that comes back goes on where it was", async () => {
  const session = await DurableStream.create({ url: url("resume"), contentType: "text/plain" });
  await session.append("one ");
  const first = await stream({ url: session.url, offset: "-1", live: false });
  expect(await first.text()).toBe("one ");

  await session.append("two ");
  await session.append("three");

  const rest = await stream({ url: session.url, offset: first.offset, live: false });
  expect(await rest.text()).toBe("two three");
});

test("a producer's batches are stored once", async () => {
  const session = await DurableStream.create({ url: url("producer"), contentType: "text/plain" });
  const producer = new IdempotentProducer(session, "worker-1", { autoClaim: true });
  for (let i = 0; i < 50; i++) {
    producer.append(`${i} `);
  }
  await producer.flush();
  await producer.close();

  const all = await stream({ url: session.url, offset: "-1", live: false });
  expect(await all.text()).toBe(Array.from({ length: 50 }, (_, i) => `${i} `).join(""));
});
