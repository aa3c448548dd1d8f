// Questions on their way. A question is kept in this browser until it shows up in the conversation,
// and is sent until the server says that it has it: also after a reload, also by two tabs at once.
// Its id is that of a producer with one message, so that the server stores it once.

import { read, remove, write } from "./keep.js"

const MAX_WAITING = 20
const FIRST_WAIT_MILLIS = 500
const LONGEST_WAIT_MILLIS = 5000
const REQUEST_MILLIS = 10_000

export class Outbox {
  #session
  #changed
  #isSending = false
  #isClosed = false
  #wake = () => {}
  #listening = new AbortController()

  constructor(session, changed) {
    this.#session = session
    this.#changed = changed
    addEventListener("online", () => this.#wake(), { signal: this.#listening.signal })
    this.#send()
  }

  close() {
    this.#isClosed = true
    this.#listening.abort()
    this.#wake()
  }

  /** What is not in the conversation yet, oldest first: {id, text, isSent, problem}. */
  waiting() {
    return read(this.#name(), [])
  }

  get isFull() {
    return this.waiting().length >= MAX_WAITING
  }

  add(question) {
    this.#save([...this.waiting(), { ...question, isSent: false }])
    this.#send()
  }

  /** It stands in the conversation, or is not wanted any more. */
  forget(id) {
    const waiting = this.waiting()
    if (waiting.some((question) => question.id === id)) {
      this.#save(waiting.filter((question) => question.id !== id))
    }
  }

  #name() {
    return `outbox.${this.#session}`
  }

  #save(waiting) {
    if (waiting.length === 0) {
      remove(this.#name())
    } else {
      write(this.#name(), waiting)
    }
    this.#changed()
  }

  #update(id, change) {
    this.#save(this.waiting().map((each) => (each.id === id ? { ...each, ...change } : each)))
  }

  async #send() {
    if (this.#isSending) {
      return
    }
    this.#isSending = true
    let wait = FIRST_WAIT_MILLIS
    while (!this.#isClosed) {
      const next = this.waiting().find((question) => !question.isSent && !question.problem)
      if (next === undefined) {
        break
      }
      const outcome = await ask(this.#session, next)
      if (outcome === "later") {
        await this.#pause(wait)
        wait = Math.min(LONGEST_WAIT_MILLIS, 2 * wait)
      } else {
        this.#update(next.id, outcome === "sent" ? { isSent: true } : { problem: outcome.problem })
        wait = FIRST_WAIT_MILLIS
      }
    }
    this.#isSending = false
  }

  #pause(millis) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, millis)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

/** "sent", "later", or {problem}: what is wrong with it. */
async function ask(session, question) {
  const url = `/v1/stream/questions/${session}`
  const post = {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "Producer-Id": question.id,
      "Producer-Epoch": "0",
      "Producer-Seq": "0",
    },
    body: JSON.stringify({ id: question.id, text: question.text }),
  }
  try {
    let answer = await request(url, post)
    if (answer.status === 404) {
      // The session's first question; or it rested for so long that its stream was put away.
      await request(url, { method: "PUT", headers: { "Content-Type": "application/json" } })
      answer = await request(url, post)
    }
    return answer.ok ? "sent" : await refusal(answer)
  } catch {
    return "later" // no network, no server, no answer in time
  }
}

/** Asks the worker to end an answer; whether the server has taken it. Safe to repeat. */
export async function stopAnswer(question) {
  try {
    const answer = await request(`/v1/stream/stops/${question}`, {
      method: "PUT",
      headers: { "Content-Type": "text/plain" },
      body: "stop",
    })
    return answer.ok
  } catch {
    return false
  }
}

function request(url, options) {
  return fetch(url, { ...options, signal: AbortSignal.timeout(REQUEST_MILLIS) })
}

async function refusal(answer) {
  if (answer.status === 404 || answer.status === 429 || answer.status >= 500) {
    return "later"
  }
  try {
    const { title, detail } = await answer.json()
    return { problem: detail ?? title }
  } catch {
    return { problem: `the server answered ${answer.status}` }
  }
}
