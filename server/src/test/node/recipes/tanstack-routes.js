import {
  ensureDurableChatSessionStream,
  toDurableChatSessionResponse,
} from "@durable-streams/tanstack-ai-transport"
import { chat } from "@tanstack/ai"
import { adapter } from "./adapter.js" // such as anthropicText("claude-sonnet-4-6")

const rivulet = process.env.RIVULET_URL // http://127.0.0.1:8080
const headers = { Authorization: `Bearer ${process.env.RIVULET_TOKEN}` } // read and write: chat/*

const streamOf = (id) => ({ writeUrl: `${rivulet}/v1/stream/chat/${id}`, headers })
const running = new Map() // of this process: what the stop button ends

// GET /api/chat/{id}: what the page needs to begin. One stream is the whole conversation, and the
// browser reads it at Rivulet itself, with a token for this stream and nothing else.
export async function open(id) {
  await ensureDurableChatSessionStream(streamOf(id))
  const made = await fetch(`${rivulet}/v1/tokens`, {
    method: "POST",
    headers: { ...headers, "Content-Type": "application/json" },
    body: JSON.stringify({ read: [`chat/${id}`], ttl: "12h" }),
  })
  if (!made.ok) throw new Error(`no token: ${made.status} ${await made.text()}`)
  return Response.json({ readUrl: `${streamOf(id).writeUrl}?access_token=${(await made.json()).token}` })
}

// POST /api/chat/{id}: a question.
export async function ask(id, request) {
  const { messages } = await request.json()
  const stopped = new AbortController()
  running.get(id)?.abort()
  running.set(id, stopped)
  return toDurableChatSessionResponse({
    stream: streamOf(id),
    newMessages: [messages.findLast((message) => message.role === "user")],
    responseStream: untilStopped(chat({ adapter, messages, abortController: stopped }), stopped),
  })
}

// DELETE /api/chat/{id}: the stop button.
export async function stop(id) {
  running.get(id)?.abort()
  return new Response(null, { status: 204 })
}

// A run that is stopped ends without a word; its readers are to know all the same.
async function* untilStopped(chunks, stopped) {
  let begun
  for await (const chunk of chunks) {
    if (chunk.type === "RUN_STARTED") begun = chunk
    yield chunk
  }
  if (begun && stopped.signal.aborted) yield { ...begun, type: "RUN_FINISHED" }
}
