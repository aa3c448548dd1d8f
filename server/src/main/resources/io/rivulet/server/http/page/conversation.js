// What a session says, put together from its messages. Each token has a number, so that none can be
// taken twice, whatever comes.

export class Conversation {
  /** By the question's id, in the order in which they were asked. */
  turns = new Map()

  /** Takes a message; answers the turn that it changed, or null. */
  take(message) {
    const id = message?.question
    if (typeof id !== "string") {
      return null
    }
    switch (message.kind) {
      case "question":
        return this.#ask(id, String(message.text))
      case "token":
        return this.#token(id, message)
      case "end":
        return this.#end(id, String(message.reason))
      default:
        return null // a later version of the worker says more
    }
  }

  #ask(id, text) {
    const turn = this.turns.get(id) ?? { id, answer: "", tokens: 0, reason: null }
    turn.text = text
    this.turns.set(id, turn)
    return turn
  }

  #token(id, message) {
    const turn = this.turns.get(id)
    if (turn === undefined || turn.reason !== null || message.number < turn.tokens) {
      return null
    }
    turn.answer += String(message.text)
    turn.tokens = message.number + 1
    return turn
  }

  #end(id, reason) {
    const turn = this.turns.get(id)
    if (turn === undefined || turn.reason !== null) {
      return null
    }
    turn.reason = reason
    return turn
  }

  /** The first answer that is still to end, or undefined. */
  unfinished() {
    return [...this.turns.values()].find((turn) => turn.reason === null)
  }
}
