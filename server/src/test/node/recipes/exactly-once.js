import { DurableStream, IdempotentProducer, createFetchWithBackoff } from "@durable-streams/client"

// In place of the package's function: what is sent again, because nobody knows whether it arrived, has
// the number that it had, and Rivulet stores it once.
export async function toDurableStreamResponse({ source, stream: { writeUrl, readUrl, headers } }) {
  const stream = await DurableStream.create({
    url: writeUrl,
    headers,
    contentType: "application/json",
    ttlSeconds: 24 * 3600,
  })
  write(source, stream).catch((error) => console.error("the answer was not written", error))
  return new Response(null, { status: 201, headers: { Location: readUrl } })
}

async function write(chunks, stream) {
  let refused
  const producer = new IdempotentProducer(stream, "model", {
    fetch: createFetchWithBackoff(fetch), // waits while Rivulet is away
    maxInFlight: 1,
    onError: (error) => (refused ??= error),
  })
  for await (const chunk of chunks) {
    if (refused) break // such as: the stream was closed by the stop button
    producer.append(JSON.stringify(chunk))
  }
  await (refused ? producer.detach() : producer.close())
}
