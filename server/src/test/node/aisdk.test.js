// The AI SDK's useChat over the server at STREAMS_URL, by the recipe of docs/http.md.
import { expect, test } from "vitest"
import { script } from "./recipes/model.js"
import { modelEndsEarly, startApplication, until } from "./stage.js"

const open = (await startApplication()).bind(null, "aisdk")

test("an answer comes token by token", async () => {
  const reader = await open()
  await reader.ask("Why?")

  for (const tokens of [1, 2, 3, 20]) {
    script.allow(tokens)
    await reader.sees(tokens, "streaming")
  }
  script.allowAll()
  await reader.seesAll()

  expect(script.asked).toBe(1)
})

test("who reloads in the middle of an answer gets all of it, each token once", async () => {
  const before = await open()
  await before.ask("Why?")
  script.allow(10)
  await before.sees(10)
  before.leave()

  const after = await open()
  await after.sees(10, "streaming")
  script.allowAll()
  await after.seesAll()

  expect(after.texts("user")).toEqual(["Why?"])
  expect(script.asked).toBe(1)
})

test("who comes after the end gets all of it, and can go on asking", async () => {
  const before = await open()
  script.allowAll()
  await before.ask("Why?")
  await before.seesAll()
  before.leave()

  const after = await open()
  await after.seesAll()
  await after.ask("And then?")
  await until("both answers are there", () => after.texts("assistant").length === 2)
  await after.seesAll()

  expect(after.texts("user")).toEqual(["Why?", "And then?"])
  expect(script.asked).toBe(2)
})

test("two readers see the same at the same time", async () => {
  const one = await open()
  await one.ask("Why?")
  script.allow(10)
  await one.sees(10)

  const other = await open()
  for (const tokens of [10, 11, 30]) {
    script.allow(tokens)
    await one.sees(tokens, "streaming")
    await other.sees(tokens, "streaming")
  }
  script.allowAll()
  await one.seesAll()
  await other.seesAll()
})

test("stop ends the model, the stream and every reader; a reload shows what was there", async () => {
  const one = await open()
  await one.ask("Why?")
  script.allow(10)
  await one.sees(10)
  const other = await open()
  await other.sees(10)

  one.pressStop()
  await one.sees(10, "ready")
  await other.sees(10, "ready")
  await modelEndsEarly()

  one.leave()
  const after = await open()
  await after.sees(10, "ready")
  await after.ask("Something else?")
  script.allowAll()
  await after.seesAll()
})

test("who reloads can stop, too", async () => {
  const before = await open()
  await before.ask("Why?")
  script.allow(10)
  await before.sees(10)
  before.leave()

  const after = await open()
  await after.sees(10, "streaming")
  after.pressStop()

  await after.sees(10, "ready")
  await modelEndsEarly()
})
