// Redis streams as server-sent events: node redis-relay.js PORT REDIS_PORT
// GET /NAME follows the stream NAME. A blocking read for each stream, shared by its readers.
import { createServer } from "node:http"
import { createClient } from "redis"

const [port, redisPort] = process.argv.slice(2)
const redis = await createClient({ url: `redis://127.0.0.1:${redisPort}` }).connect()
const streams = new Map()

const isAfter = (id, other) => {
  const [time, count, otherTime, otherCount] = [...id.split("-"), ...other.split("-")].map(Number)
  return time > otherTime || (time === otherTime && count > otherCount)
}

async function follow(name, stream) {
  const connection = await redis.duplicate().connect()
  while (stream.readers.size > 0) {
    const found = await connection.xRead({ key: name, id: stream.at }, { BLOCK: 15000 })
    if (!found) stream.readers.forEach((reader) => reader.response.write(":\n\n"))
    for (const entry of found?.[0].messages ?? []) {
      stream.at = entry.id
      stream.readers.forEach((reader) => show(reader, entry))
    }
  }
  streams.delete(name)
  connection.destroy()
}

function show(reader, { id, message }) {
  if (!isAfter(id, reader.at)) return
  reader.at = id
  reader.response.write(`id:${id}\ndata:${message.body}\n\n`)
}

createServer(async (request, response) => {
  const name = request.url.slice(1)
  const reader = { response, at: request.headers["last-event-id"] ?? "0-0" }
  response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders()
  let missed, stream
  do {
    missed = await redis.xRange(name, `(${reader.at}`, "+")
    missed.forEach((entry) => show(reader, entry))
    stream = streams.get(name)
  } while (missed.length > 0 || (stream && isAfter(stream.at, reader.at)))
  if (!stream) streams.set(name, (stream = { at: reader.at, readers: new Set() }))
  if (stream.readers.add(reader).size === 1) follow(name, stream)
  response.on("close", () => stream.readers.delete(reader))
}).listen(Number(port), "127.0.0.1")
