// Where a question is written. Says `ask` with the text, and `stop`.

class ChatComposer extends HTMLElement {
  #text
  #send
  #stop

  connectedCallback() {
    this.#text = this.querySelector("textarea")
    this.#send = this.querySelector(".send")
    this.#stop = this.querySelector(".stop")
    this.#text.addEventListener("input", () => this.#fit())
    this.#text.addEventListener("keydown", (event) => this.#key(event))
    this.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault()
      this.#ask()
    })
    this.#stop.addEventListener("click", () => {
      this.dispatchEvent(new CustomEvent("stop"))
      this.focusText() // the button is about to go
    })
  }

  focusText() {
    this.#text.focus()
  }

  /** Whether an answer can be stopped; `isAsked`: it is being stopped already. */
  showStop(isThere, isAsked) {
    this.#stop.hidden = !isThere
    this.#stop.disabled = isAsked
  }

  #key(event) {
    // Not the Enter that ends a word in a script of many keys.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault()
      this.#ask()
    }
  }

  #ask() {
    const text = this.#text.value.trim()
    if (text === "") {
      return
    }
    const isTaken = this.dispatchEvent(new CustomEvent("ask", { detail: text, cancelable: true }))
    if (isTaken) {
      this.#text.value = ""
      this.#fit()
    }
  }

  // As high as its text, up to what the style allows.
  #fit() {
    this.#send.disabled = this.#text.value.trim() === ""
    this.#text.rows = Math.min(8, this.#text.value.split("\n").length)
  }
}

customElements.define("chat-composer", ChatComposer)
