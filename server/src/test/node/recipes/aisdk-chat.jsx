import { Chat as Conversation, useChat } from "@ai-sdk/react"
import { createDurableChatTransport } from "@durable-streams/aisdk-transport"
import { useEffect, useState } from "react"

const transport = createDurableChatTransport({ api: "/api/chat" })

// What comes again after a break is the answer from its beginning, not its rest.
transport.resumeStreamIsReplay = true

// id and messages, the conversation up to the last question, are what your database has.
export function Chat({ id, messages: stored }) {
  const [chat] = useState(() => new Conversation({ id, messages: stored, transport }))
  const { messages, sendMessage, status, stop, error, resumeStream } = useChat({ chat, resume: true })

  // The connection was cut: the answer goes on meanwhile, so look again.
  useEffect(() => {
    if (!error) return
    const again = setTimeout(resumeStream, 1000)
    return () => clearTimeout(again)
  }, [error, resumeStream])

  async function end() {
    await fetch(`/api/chat/${id}/stream`, { method: "DELETE" })
    await stop()
  }

  return (
    <main data-status={status}>
      {messages.map((message) => (
        <p key={message.id} className={message.role}>
          {message.parts.map((part) => (part.type === "text" ? part.text : ""))}
        </p>
      ))}
      <form action={(form) => sendMessage({ text: form.get("question") })}>
        <input name="question" />
        <button>Send</button>
        <button type="button" className="stop" onClick={end}>Stop</button>
      </form>
    </main>
  )
}
