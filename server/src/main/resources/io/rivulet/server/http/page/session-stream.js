// Reads a session from its first message on, and goes on whatever happens to the connection.

const FIRST_WAIT_MILLIS = 400
const LONGEST_WAIT_MILLIS = 3000

/** Longer than the 15 s after which a server with nothing to say shows that it is there. */
const LONG_HIDDEN_MILLIS = 30_000

export class SessionStream {
  #url
  #handlers
  #next = 0
  #failures = 0
  #source = null
  #timer = 0
  #hiddenSince = 0
  #listening = new AbortController()

  /**
   * @param handlers `message(value)`: each message once and in order; `anew()`: what was read
   *     belongs to an earlier life of the session, all of it comes again; `state(word)`: connecting,
   *     live, reconnecting or ended
   */
  constructor(session, handlers) {
    this.#url = `/v1/topics/chat/lite/${session}/events`
    this.#handlers = handlers
    const { signal } = this.#listening
    addEventListener("online", () => this.#connect(), { signal })
    addEventListener("offline", () => this.#lost(), { signal })
    document.addEventListener("visibilitychange", () => this.#shown(), { signal })
    handlers.state("connecting")
    this.#connect()
  }

  close() {
    this.#listening.abort()
    this.#drop()
  }

  #drop() {
    clearTimeout(this.#timer)
    this.#source?.close()
    this.#source = null
  }

  // EventSource connects again by itself after a broken connection, but not after an answer that is
  // none, such as that of a server that is starting. So it is made anew each time, with the place.
  #connect() {
    this.#drop()
    const source = new EventSource(`${this.#url}?from=${this.#next === 0 ? "first" : this.#next}`)
    this.#source = source
    let isFirst = true
    source.addEventListener("open", () => {
      this.#failures = 0
      this.#handlers.state("live")
    })
    source.addEventListener("message", (event) => {
      const offset = Number(event.lastEventId)
      if (isFirst && offset < this.#next) {
        // Asked for what is behind a place, the server began before it: the place is gone.
        this.#handlers.anew()
      } else if (offset < this.#next) {
        return
      }
      isFirst = false
      this.#next = offset + 1
      this.#handlers.message(parsed(event.data))
    })
    source.addEventListener("end", () => {
      this.#drop()
      this.#handlers.state("ended")
    })
    source.addEventListener("error", () => this.#lost())
  }

  #lost() {
    this.#drop()
    this.#handlers.state("reconnecting")
    // Another time for each reader, so that not all come at once.
    const longest = Math.min(LONGEST_WAIT_MILLIS, FIRST_WAIT_MILLIS * 2 ** this.#failures)
    this.#failures++
    this.#timer = setTimeout(() => this.#connect(), longest * (0.5 + Math.random() / 2))
  }

  // A telephone that slept may hold a connection that nobody is at the other end of.
  #shown() {
    if (document.hidden) {
      this.#hiddenSince = performance.now()
    } else if (performance.now() - this.#hiddenSince > LONG_HIDDEN_MILLIS) {
      this.#connect()
    }
  }
}

function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return { kind: "unknown" } // what somebody else has written into the session
  }
}
