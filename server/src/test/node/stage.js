// What the tests of AI SDK and TanStack AI share: a document for React, an application server for the
// routes of the recipes, and a reader who looks at the page.
import { readFileSync } from "node:fs"
import { createServer } from "node:http"
import { Readable } from "node:stream"
import { Window } from "happy-dom"
import { afterAll, afterEach, beforeEach, expect, vi } from "vitest"
import { chats } from "./recipes/chats.js"
import { ANSWER, script } from "./recipes/model.js"

/** Enough for a server that is killed and comes back on a busy machine. */
const PATIENCE_MILLIS = 60_000

vi.setConfig({ testTimeout: 3 * PATIENCE_MILLIS })

/** Makes this process look like a browser with an empty page of that address, for React. */
function openPage(address) {
  const window = new Window({ url: address })
  Object.assign(globalThis, { window, document: window.document, IS_REACT_ACT_ENVIRONMENT: false })
  for (const name of ["navigator", "HTMLElement", "HTMLIFrameElement", "Node", "Event", "FormData"]) {
    globalThis[name] = window[name]
  }
  const fetchAnywhere = globalThis.fetch
  globalThis.fetch = async (url, options) =>
    asBrowsersFail(await fetchAnywhere(typeof url === "string" ? new URL(url, address) : url, options))
}

/** When a connection is cut in the middle, Node says "terminated" and Chromium "network error". */
function asBrowsersFail(response) {
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
    return response
  }
  const reader = response.body.getReader()
  const body = new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await reader.read()
        done ? controller.close() : controller.enqueue(value)
      } catch (error) {
        controller.error(error.name === "AbortError" ? error : new TypeError("network error"))
      }
    },
    cancel: (reason) => reader.cancel(reason),
  })
  return new Response(body, response)
}

/** Kills the server as a power cut would, and returns when it is there again. */
export async function killServer() {
  const pid = Number(readFileSync(process.env.STREAMS_PID, "utf8"))
  process.kill(pid, "SIGKILL")
  const isBack = () =>
    readFileSync(process.env.STREAMS_PID, "utf8").trim() !== `${pid}` &&
    fetch(`${process.env.STREAMS_URL}/health/ready`).then((answer) => answer.ok, () => false)
  return until("the server is back", isBack)
}

/**
 * The application: its routes, which are those of the recipes, and its pages. Each test begins with a
 * model that has said nothing and a conversation of its own.
 */
export async function startApplication() {
  process.env.RIVULET_URL = process.env.STREAMS_URL
  process.env.RIVULET_TOKEN = process.env.STREAMS_TOKEN
  const aisdk = await import("./recipes/aisdk-routes.js")
  const tanstack = await import("./recipes/tanstack-routes.js")
  const address = await serve((request, path) => {
    const [, , , id, stream] = path.split("/")
    const { method } = request
    if (!id) return aisdk.ask(request)
    if (stream) return method === "DELETE" ? aisdk.stop(id) : aisdk.resume(id)
    return { GET: tanstack.open, POST: tanstack.ask, DELETE: tanstack.stop }[method](id, request)
  })
  openPage(address)
  const { createElement } = await import("react")
  const { Chat: AiSdk } = await import("./recipes/aisdk-chat.jsx")
  const { Chat: TanStack } = await import("./recipes/tanstack-chat.jsx")
  const pages = {
    aisdk: async (id) =>
      createElement(AiSdk, { id, messages: (await chats.load(id))?.messages ?? [] }),
    tanstack: async (id) => {
      const answer = await fetch(`/api/chat/${id}`)
      if (!answer.ok) throw new Error(await answer.text())
      return createElement(TanStack, { id, ...(await answer.json()) })
    },
  }
  const readers = []
  let conversation = 0
  beforeEach(() => {
    script.begin()
    conversation++
  })
  afterEach(() => readers.splice(0).forEach((each) => each.leave()))
  return async function open(page, name = "c") {
    const reader = await Reader.open(await pages[page](`${name}${process.pid}-${conversation}`))
    readers.push(reader)
    return reader
  }
}

/** Serves what the route answers, as the server of a framework would. Gives its address. */
async function serve(route) {
  const server = createServer(async (incoming, outgoing) => {
    const url = new URL(incoming.url, `http://${incoming.headers.host}`)
    const hasBody = incoming.method === "POST"
    const request = new Request(url, {
      method: incoming.method,
      headers: incoming.headers,
      ...(hasBody && { body: Readable.toWeb(incoming), duplex: "half" }),
    })
    let response
    try {
      response = await route(request, url.pathname)
    } catch (error) {
      response = new Response(String(error), { status: 500 })
    }
    outgoing.writeHead(response.status, Object.fromEntries(response.headers))
    outgoing.end(Buffer.from(await response.arrayBuffer()))
  })
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve))
  afterAll(() => server.close())
  return `http://127.0.0.1:${server.address().port}`
}

/** Waits until it is so, and says what it was otherwise. */
export async function until(what, isSo, seen = () => "") {
  const end = Date.now() + PATIENCE_MILLIS
  while (!(await isSo())) {
    if (Date.now() > end) {
      throw new Error(`not within ${PATIENCE_MILLIS} ms: ${what}; seen: ${seen()}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** The model goes on at its pace, and learns by one of its next tokens that nobody wants them. */
export async function modelEndsEarly() {
  const slowly = setInterval(() => script.allow(script.allowed + 1), 50)
  await until("the model has ended", () => script.ended === 1).finally(() => clearInterval(slowly))
  expect(script.said).toBeLessThan(ANSWER.length)
}

/** Somebody who has the page open: what stands on it, and what can be clicked. */
class Reader {
  static async open(element) {
    const { createRoot } = await import("react-dom/client") // looks for the document when it is loaded
    const place = document.body.appendChild(document.createElement("div"))
    const root = createRoot(place)
    root.render(element)
    return new Reader(place, root)
  }

  constructor(place, root) {
    this.place = place
    this.root = root
  }

  get status() {
    return this.place.querySelector("main")?.getAttribute("data-status")
  }

  /** The texts of this role, in the order of the page. */
  texts(role) {
    return [...this.place.querySelectorAll(`.${role}`)].map((each) => each.textContent)
  }

  get answer() {
    return this.texts("assistant").at(-1) ?? ""
  }

  async ask(question) {
    await until("the form is there", () => this.place.querySelector("form"))
    this.place.querySelector("input").value = question
    this.place.querySelector("form button").click()
    await until("the question is on the page", () => this.texts("user").includes(question))
  }

  pressStop() {
    this.place.querySelector(".stop").click()
  }

  /** Waits until the answer is the first so many tokens and nothing else. */
  async sees(tokens, status) {
    const answer = ANSWER.slice(0, tokens).join("")
    await until(
      `the answer is "${answer}", ${status ?? "in any state"}`,
      () => this.answer === answer && (!status || this.status === status),
      () => `"${this.answer}", ${this.status}`,
    )
  }

  /** Waits until each token is there once, and nothing more is on its way. */
  seesAll() {
    return this.sees(ANSWER.length, "ready")
  }

  /** The same for who may see again what was under way when the server was killed. */
  seesEachAtLeastOnce() {
    const different = () => [...new Set(this.answer.match(/\S+ /g))].join("")
    return until(
      "each token is there, in order",
      () => different() === ANSWER.join("") && this.status === "ready",
      () => `"${this.answer}", ${this.status}`,
    )
  }

  leave() {
    this.root.unmount()
    this.place.remove()
  }
}
