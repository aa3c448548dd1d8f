// The conversation as it is seen: <chat-log> holds an <article> for each turn.

const STATES = {
  waiting: "waiting for the answer",
  streaming: "answering",
  complete: "complete",
  stopped: "stopped",
}

class ChatLog extends HTMLElement {
  #articles = new Map()

  clear() {
    this.#articles.clear()
    this.replaceChildren()
  }

  get isEmpty() {
    return this.#articles.size === 0
  }

  /** Shows a turn of the conversation as it is now. */
  show(turn) {
    const parts = this.#parts(turn.id, turn.text)
    parts.article.classList.remove("unsent")
    parts.note.hidden = true
    parts.discard.hidden = true
    // Only what is new: the reader may have selected some of the text.
    if (turn.answer.length > parts.text.data.length) {
      parts.text.appendData(turn.answer.slice(parts.text.data.length))
    }
    const state = turn.reason ?? (turn.tokens === 0 ? "waiting" : "streaming")
    parts.article.dataset.state = state
    parts.answer.hidden = false
    const count = turn.tokens === 1 ? "1 token" : `${turn.tokens} tokens`
    const words = STATES[state] ?? state
    parts.state.textContent = state === "waiting" ? words : `${words}, ${count}`
  }

  /** Shows a question that is not in the conversation yet. */
  showWaiting(question, words, onDiscard) {
    const parts = this.#parts(question.id, question.text)
    parts.article.classList.add("unsent")
    parts.article.classList.toggle("refused", Boolean(question.problem))
    parts.note.hidden = false
    parts.note.textContent = words
    parts.discard.hidden = !question.problem
    parts.discard.onclick = onDiscard
  }

  /** Of the questions that are not in the conversation, takes all others away. */
  keepWaiting(questions) {
    const kept = new Set(questions.map((question) => question.id))
    for (const [id, { article }] of this.#articles) {
      if (article.classList.contains("unsent") && !kept.has(id)) {
        article.remove()
        this.#articles.delete(id)
      }
    }
  }

  #parts(id, text) {
    const known = this.#articles.get(id)
    if (known !== undefined) {
      return known
    }
    const article = element("article", "turn")
    const question = element("div", "question")
    question.append(element("span", "unseen", "You asked: "), text)
    const note = element("p", "note")
    const discard = element("button", "discard", "Discard")
    discard.type = "button"
    discard.hidden = true
    const answer = element("div", "answer")
    const said = element("p", "said")
    const answered = document.createTextNode("")
    said.append(answered)
    const state = element("p", "state")
    answer.append(element("span", "unseen", "Answer: "), said, state)
    answer.hidden = true
    article.append(question, note, discard, answer)
    article.dataset.question = id
    this.append(article)
    const parts = { article, note, discard, answer, text: answered, state }
    this.#articles.set(id, parts)
    return parts
  }
}

function element(name, className, text = "") {
  const made = document.createElement(name)
  made.className = className
  made.textContent = text
  return made
}

customElements.define("chat-log", ChatLog)
