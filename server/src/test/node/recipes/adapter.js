// Stands for an adapter of TanStack AI: says the same as ./model.js.
import { script } from "./model.js"

export const adapter = {
  kind: "text",
  name: "script",
  model: "script",

  async *chatStream({ runId = crypto.randomUUID(), threadId, abortController, request }) {
    const signal = request?.signal ?? abortController?.signal
    const messageId = crypto.randomUUID()
    const about = { model: "script", timestamp: Date.now() }
    yield { type: "RUN_STARTED", runId, threadId, ...about }
    yield { type: "TEXT_MESSAGE_START", messageId, role: "assistant", ...about }
    for await (const delta of script.tokens(signal)) {
      yield { type: "TEXT_MESSAGE_CONTENT", messageId, delta, ...about }
    }
    yield { type: "TEXT_MESSAGE_END", messageId, ...about }
    yield { type: "RUN_FINISHED", runId, threadId, finishReason: "stop", ...about }
  },
}
