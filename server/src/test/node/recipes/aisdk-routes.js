import { DurableStream } from "@durable-streams/client"
import { toDurableStreamResponse } from "@durable-streams/aisdk-transport"
import { convertToModelMessages, generateId, streamText } from "ai"
import { chats } from "./chats.js" // your database: load(id), save(id, chat)
import { model } from "./model.js" // such as anthropic("claude-sonnet-4-6")

const rivulet = process.env.RIVULET_URL // http://127.0.0.1:8080
const headers = { Authorization: `Bearer ${process.env.RIVULET_TOKEN}` } // read and write: chat/*

const streamOf = (answer) => `${rivulet}/v1/stream/chat/${answer}`

// POST /api/chat: a question. Its answer is a stream of its own, whoever is there to read it.
export async function ask(request) {
  const { id, messages } = await request.json()
  const stopped = new AbortController()
  const result = streamText({
    model,
    messages: await convertToModelMessages(messages),
    abortSignal: stopped.signal,
  })
  const answer = generateId()
  await chats.save(id, { messages, answer })
  return toDurableStreamResponse({
    source: untilClosed(
      result.toUIMessageStream({ originalMessages: messages, generateMessageId: generateId }),
      stopped,
    ),
    stream: { writeUrl: streamOf(answer), readUrl: await readUrl(answer), headers },
  })
}

// GET /api/chat/{id}/stream: where the last answer stands, on its way or whole.
export async function resume(id) {
  const chat = await chats.load(id)
  const stream = chat && (await DurableStream.head({ url: streamOf(chat.answer), headers }))
  if (!stream?.exists) return new Response(null, { status: 204 })
  return new Response(null, { headers: { Location: await readUrl(chat.answer) } })
}

// DELETE /api/chat/{id}/stream: the stop button. Whoever writes the answer, in this process or in
// another, learns it from the stream that takes nothing more.
export async function stop(id) {
  const { answer } = await chats.load(id)
  const stream = new DurableStream({ url: streamOf(answer), headers, contentType: "application/json" })
  await stream.close({ body: JSON.stringify({ type: "abort" }) }).catch((error) => {
    if (error.status !== 409) throw error // 409: it had ended by itself
  })
  return new Response(null, { status: 204 })
}

// The writer takes no more when the stream is closed: then the model has to end too.
async function* untilClosed(chunks, stopped) {
  try {
    yield* chunks
  } finally {
    stopped.abort()
  }
}

// The browser reads at Rivulet itself, with a token for this answer and nothing else.
async function readUrl(answer) {
  const made = await fetch(`${rivulet}/v1/tokens`, {
    method: "POST",
    headers: { ...headers, "Content-Type": "application/json" },
    body: JSON.stringify({ read: [`chat/${answer}`], ttl: "1h" }),
  })
  if (!made.ok) throw new Error(`no token: ${made.status} ${await made.text()}`)
  return `${streamOf(answer)}?access_token=${(await made.json()).token}`
}
