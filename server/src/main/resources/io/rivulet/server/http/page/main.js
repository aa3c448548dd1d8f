// Puts the page together: one session at a time, named by the address (what is behind #).

import "./chat-composer.js"
import "./chat-log.js"
import "./chat-sessions.js"
import { Conversation } from "./conversation.js"
import { chats, isSession, newId, onChange, touchChat } from "./keep.js"
import { Outbox, stopAnswer } from "./outbox.js"
import { SessionStream } from "./session-stream.js"

const byId = (id) => document.getElementById(id)
const log = byId("log")
const composer = document.querySelector("chat-composer")
const sessions = byId("chats")
const scroll = byId("scroll")
const latest = byId("latest")
const announcer = byId("announcer")

/** So near to the end the reader follows. */
const NEAR_PIXELS = 60
const MAX_ANNOUNCED = 12
const CALM_MILLIS = 500
const STOP_RETRY_MILLIS = 1000

let chat = null
let follows = true

class Chat {
  constructor(session) {
    this.session = session
    this.isNew = !chats().some((known) => known.session === session)
    this.isCaughtUp = false // with what was there when the page began to read
    this.conversation = new Conversation()
    this.changed = new Set()
    this.frame = 0
    this.stopping = new Set()
    this.state = "connecting"
    this.announced = new Map()
    this.outbox = new Outbox(session, () => this.paintSoon())
    this.listening = new AbortController()
    onChange(`outbox.${session}`, () => this.paintSoon(), this.listening.signal)
    this.stream = new SessionStream(session, {
      message: (message) => this.take(message),
      anew: () => this.beginAnew(),
      state: (word) => this.showState(word),
    })
    this.paintSoon()
  }

  close() {
    this.stream.close()
    this.outbox.close()
    this.listening.abort()
    cancelAnimationFrame(this.frame)
    clearTimeout(this.calm)
  }

  take(message) {
    const turn = this.conversation.take(message)
    if (turn === null) {
      return
    }
    if (message.kind === "question") {
      this.outbox.forget(turn.id)
      touchChat(this.session, turn.text)
      sessions.show(this.session)
    }
    this.changed.add(turn)
    this.paintSoon()
  }

  beginAnew() {
    this.conversation = new Conversation()
    this.changed.clear()
    log.clear()
  }

  // A page of messages that comes at once is drawn once.
  paintSoon() {
    if (this.frame === 0) {
      this.frame = requestAnimationFrame(() => {
        this.frame = 0
        if (chat === this) {
          this.paint()
        }
      })
    }
  }

  paint() {
    for (const turn of this.changed) {
      log.show(turn)
      this.announce(turn)
    }
    this.changed.clear()
    const waiting = this.outbox.waiting().filter(({ id }) => !this.conversation.turns.has(id))
    log.keepWaiting(waiting)
    for (const question of waiting) {
      const words = waitingWords(question, this.state)
      log.showWaiting(question, words, () => this.outbox.forget(question.id))
    }
    const unfinished = this.conversation.unfinished()
    composer.showStop(unfinished !== undefined, this.stopping.has(unfinished?.id))
    // Not for the blink of an eye before an old chat is there.
    byId("welcome").hidden = !log.isEmpty || !(this.isNew || this.isCaughtUp)
    if (follows) {
      scroll.scrollTop = scroll.scrollHeight
    }
    showLatest()
  }

  // Sentence by sentence, so that a screen reader does not stammer; and only what is new.
  announce(turn) {
    const end = turn.reason === null ? turn.answer.search(/[.!?]\s[^.!?]*$/) + 1 : turn.answer.length
    const from = this.announced.get(turn.id)
    this.announced.set(turn.id, Math.max(from ?? 0, end))
    const isLive = from !== undefined && this.isCaughtUp
    if (isLive && end > from) {
      announce(turn.answer.slice(from, end))
    }
    if (isLive && turn.reason !== null) {
      announce(turn.reason === "stopped" ? "The answer was stopped." : "The answer is complete.")
    }
  }

  ask(text) {
    if (this.outbox.isFull || this.state === "ended") {
      return false
    }
    follows = true
    this.isCaughtUp = true
    this.outbox.add({ id: newId(), text })
    touchChat(this.session, text)
    sessions.show(this.session)
    return true
  }

  async stop() {
    const turn = this.conversation.unfinished()
    if (turn === undefined || this.stopping.has(turn.id)) {
      return
    }
    this.stopping.add(turn.id)
    this.paintSoon()
    while (turn.reason === null && chat === this && !(await stopAnswer(turn.id))) {
      await new Promise((resolve) => setTimeout(resolve, STOP_RETRY_MILLIS))
    }
  }

  showState(word) {
    this.state = word
    byId("link").dataset.state = word
    byId("link-text").textContent = word === "ended" ? "closed" : word
    clearTimeout(this.calm)
    if (word === "live") {
      showNotice("")
      // What was written before is there within this time; from then on it is read out.
      this.calm = setTimeout(() => {
        this.isCaughtUp = true
        this.paintSoon()
      }, CALM_MILLIS)
    } else if (word === "reconnecting") {
      // Most breaks are over before anybody notices.
      this.calm = setTimeout(() => showNotice(lostWords(this.conversation)), CALM_MILLIS)
    } else if (word === "ended") {
      showNotice("This chat was closed; nothing more can be asked in it. Begin a new one.")
    }
    this.paintSoon()
  }
}

function waitingWords(question, state) {
  if (question.problem) {
    return `Not sent: ${question.problem}`
  }
  if (question.isSent) {
    return "Sent, waiting for the worker"
  }
  return state === "reconnecting" ? "Will be sent once the connection is back" : "Sending"
}

function lostWords(conversation) {
  const what = navigator.onLine ? "Connection lost, trying again." : "You are offline."
  const consequence = conversation.unfinished()
    ? "The answer goes on meanwhile, none of it is lost."
    : "What you ask is kept and sent later."
  return `${what} ${consequence}`
}

function showNotice(text) {
  byId("notice").textContent = text
}

function announce(text) {
  const line = document.createElement("p")
  line.textContent = text
  announcer.append(line)
  while (announcer.children.length > MAX_ANNOUNCED) {
    announcer.firstChild.remove()
  }
}

function showLatest() {
  latest.hidden = follows || scroll.scrollHeight - scroll.clientHeight < NEAR_PIXELS
}

function open() {
  const wanted = decodeURIComponent(location.hash.slice(1))
  const session = isSession(wanted) ? wanted : (chats()[0]?.session ?? newId())
  if (wanted !== session) {
    // Now the address names it: a copy of it, or a reload, finds it again.
    history.replaceState(null, "", `#${session}`)
  }
  if (chat?.session === session) {
    return
  }
  chat?.close()
  log.clear()
  announcer.replaceChildren()
  showNotice("")
  follows = true
  chat = new Chat(session)
  sessions.show(session)
  // On a touch screen this would bring the keyboard up.
  if (matchMedia("(pointer: fine)").matches) {
    composer.focusText()
  }
}

scroll.addEventListener("scroll", () => {
  follows = scroll.scrollHeight - scroll.clientHeight - scroll.scrollTop < NEAR_PIXELS
  showLatest()
})
new ResizeObserver(() => {
  if (follows) {
    scroll.scrollTop = scroll.scrollHeight
  }
}).observe(scroll)
latest.addEventListener("click", () => {
  follows = true
  scroll.scrollTop = scroll.scrollHeight
  showLatest()
  composer.focusText()
})
composer.addEventListener("ask", (event) => {
  if (!chat.ask(event.detail)) {
    event.preventDefault()
  }
})
composer.addEventListener("stop", () => chat.stop())
sessions.addEventListener("newchat", () => {
  location.hash = `#${newId()}`
  composer.focusText()
})
document.querySelector(".suggestions").addEventListener("click", (event) => {
  if (event.target.matches("button")) {
    chat.ask(event.target.textContent)
    composer.focusText()
  }
})
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault() // what is behind # names the chat
  composer.focusText()
})
addEventListener("hashchange", open)
open()
