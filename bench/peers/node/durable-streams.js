// The reference server of Durable Streams: node durable-streams.js PORT [FOLDER]
// With a folder it keeps streams in files there and syncs each append; without, in memory only.
import { DurableStreamTestServer } from "@durable-streams/server"

const [port, dataDir] = process.argv.slice(2)
const server = new DurableStreamTestServer({ host: "127.0.0.1", port: Number(port), dataDir })
await server.start()
