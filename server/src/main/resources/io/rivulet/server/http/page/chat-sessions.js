// The chats of this browser. On a narrow screen it is a drawer that a button opens.

import { chats, onChange } from "./keep.js"

class ChatSessions extends HTMLElement {
  #current = ""
  #narrow = matchMedia("(max-width: 53rem)")
  #button

  connectedCallback() {
    this.#button = document.querySelector(`[aria-controls="${this.id}"]`)
    this.#button.addEventListener("click", () => this.#open(!this.classList.contains("open")))
    this.#narrow.addEventListener("change", () => this.#open(false))
    this.querySelector(".new-chat").addEventListener("click", () => {
      this.#open(false)
      this.dispatchEvent(new CustomEvent("newchat"))
    })
    this.querySelector("ul").addEventListener("click", () => this.#open(false))
    addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.classList.contains("open")) {
        this.#open(false)
        this.#button.focus()
      }
    })
    document.addEventListener("pointerdown", (event) => {
      const isOutside = !this.contains(event.target) && !this.#button.contains(event.target)
      if (isOutside && this.classList.contains("open")) {
        this.#open(false)
      }
    })
    onChange("chats", () => this.show(this.#current))
    this.#open(false)
  }

  /** Shows the list, with the chat that is open. */
  show(current) {
    this.#current = current
    const list = chats()
    this.querySelector(".none").hidden = list.length > 0
    this.querySelector("ul").replaceChildren(
      ...list.map((chat) => {
        const link = document.createElement("a")
        link.href = `#${chat.session}`
        link.textContent = chat.title
        link.title = chat.title
        if (chat.session === current) {
          link.setAttribute("aria-current", "page")
        }
        const item = document.createElement("li")
        item.append(link)
        return item
      }),
    )
  }

  #open(isOpen) {
    this.classList.toggle("open", isOpen)
    this.#button.setAttribute("aria-expanded", String(isOpen))
    // What is out of sight is out of the tab order, too.
    this.inert = this.#narrow.matches && !isOpen
    document.querySelector("main").inert = this.#narrow.matches && isOpen
    if (isOpen) {
      this.querySelector(".new-chat").focus()
    }
  }
}

customElements.define("chat-sessions", ChatSessions)
