// Stands for a model: says what a test lets it say, and counts how often it was asked. One for all who ask.
import { MockLanguageModelV3 } from "ai/test"

export const ANSWER = Array.from({ length: 100 }, (_, i) => `token-${i} `)

/** How far the model may go; the test moves it. */
export const script = {
  asked: 0,
  said: 0,
  ended: 0,
  allowed: 0,
  waiting: new Set(),

  begin() {
    Object.assign(script, { asked: 0, said: 0, ended: 0 })
    script.allow(0)
  },

  allow(tokens) {
    script.allowed = tokens
    script.waiting.forEach((wake) => wake())
    script.waiting.clear()
  },

  allowAll() {
    script.allow(ANSWER.length)
  },

  /** The tokens, each when it is allowed; ends early when the signal says so. */
  async *tokens(signal) {
    script.asked++
    try {
      for (const [i, token] of ANSWER.entries()) {
        while (i >= script.allowed && !signal?.aborted) {
          await new Promise((resolve) => {
            script.waiting.add(resolve)
            signal?.addEventListener("abort", resolve, { once: true })
          })
        }
        if (signal?.aborted) return
        script.said++
        yield token
        await new Promise((resolve) => setTimeout(resolve, 1)) // a model takes its time
      }
    } finally {
      script.ended++
    }
  },
}

const usage = { inputTokens: { total: 1 }, outputTokens: { total: ANSWER.length } }

export const model = new MockLanguageModelV3({
  doStream: async ({ abortSignal }) => ({
    stream: ReadableStream.from(
      (async function* () {
        yield { type: "stream-start", warnings: [] }
        yield { type: "text-start", id: "t" }
        for await (const delta of script.tokens(abortSignal)) {
          yield { type: "text-delta", id: "t", delta }
        }
        yield { type: "text-end", id: "t" }
        yield { type: "finish", finishReason: { unified: "stop", raw: "stop" }, usage }
      })(),
    ),
  }),
})
