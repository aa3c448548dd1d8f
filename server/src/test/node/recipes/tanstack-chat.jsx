import { durableStreamConnection } from "@durable-streams/tanstack-ai-transport"
import { useChat } from "@tanstack/ai-react"
import { useEffect, useState } from "react"

// readUrl is what GET /api/chat/{id} says.
export function Chat({ id, readUrl }) {
  const [connection] = useState(() =>
    durableStreamConnection({ sendUrl: `/api/chat/${id}`, readUrl, emitSnapshotOnSubscribe: false }),
  )
  const [live, setLive] = useState(true)
  const { messages, sendMessage, stop, isLoading, sessionGenerating, connectionStatus } = useChat({
    threadId: id,
    connection,
    live,
  })

  // The connection was cut: it goes on after the last chunk that it has seen.
  useEffect(() => {
    if (connectionStatus === "error") setLive(false)
    if (live) return
    const again = setTimeout(() => setLive(true), 1000)
    return () => clearTimeout(again)
  }, [connectionStatus, live])

  async function end() {
    await fetch(`/api/chat/${id}`, { method: "DELETE" })
    stop()
  }

  return (
    <main data-status={isLoading || sessionGenerating ? "streaming" : "ready"}>
      {messages.map((message) => (
        <p key={message.id} className={message.role}>
          {message.parts.map((part) => (part.type === "text" ? part.content : ""))}
        </p>
      ))}
      <form action={(form) => void sendMessage(form.get("question"))}>
        <input name="question" />
        <button>Send</button>
        <button type="button" className="stop" onClick={end}>Stop</button>
      </form>
    </main>
  )
}
