// What this browser keeps: the list of its chats, and questions that are not sent yet. Where nothing
// may be kept (private windows of some browsers) the page works all the same, until it is reloaded.

const PREFIX = "rivulet.demo."
const MAX_CHATS = 50
const MAX_TITLE = 60
const SESSION = /^[A-Za-z0-9_-]{8,64}$/
const memory = new Map()

export function read(name, otherwise) {
  try {
    const text = localStorage.getItem(PREFIX + name)
    return text === null ? (memory.get(name) ?? otherwise) : JSON.parse(text)
  } catch {
    return memory.get(name) ?? otherwise
  }
}

export function write(name, value) {
  memory.set(name, value)
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value))
  } catch {
    // Full or not allowed: memory has it.
  }
}

export function remove(name) {
  memory.delete(name)
  try {
    localStorage.removeItem(PREFIX + name)
  } catch {
    // Then it was not there.
  }
}

/** 128 bits of chance: whoever knows the id of a session can read it. */
export function newId() {
  // crypto.randomUUID is only there on https and this machine's own pages.
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")
}

export function isSession(text) {
  return SESSION.test(text)
}

/** The chats of this browser, the last used first: {session, title}. */
export function chats() {
  const list = read("chats", [])
  return Array.isArray(list) ? list.filter((chat) => isSession(chat?.session)) : []
}

/** Puts a chat on top of the list; the oldest goes when there are too many. */
export function touchChat(session, title) {
  const list = chats()
  const known = list.find((chat) => chat.session === session)
  const words = title.trim().replaceAll(/\s+/g, " ")
  const short = words.length > MAX_TITLE ? `${words.slice(0, MAX_TITLE - 1)}…` : words
  const entry = { session, title: known?.title ?? short }
  write("chats", [entry, ...list.filter((chat) => chat.session !== session)].slice(0, MAX_CHATS))
}

/** Calls back when another tab has changed what is kept under a name, until the signal ends it. */
export function onChange(name, listener, signal) {
  const changed = (event) => {
    if (event.key === PREFIX + name) {
      listener()
    }
  }
  addEventListener("storage", changed, { signal })
}
