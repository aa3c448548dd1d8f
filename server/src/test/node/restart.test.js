// All the ways of the recipes to write, when the server is killed in the middle of answers and comes back.
import { expect, test, vi } from "vitest"
import { script } from "./recipes/model.js"
import { killServer, modelEndsEarly, startApplication, until } from "./stage.js"

const way = vi.hoisted(() => ({ isExact: false }))
vi.mock("@durable-streams/aisdk-transport", async (original) => {
  const theirs = await original()
  const ours = await import("./recipes/exactly-once.js")
  return {
    ...theirs,
    toDurableStreamResponse: (options) =>
      (way.isExact ? ours : theirs).toDurableStreamResponse(options),
  }
})

const open = await startApplication()

async function ask(page, name) {
  const reader = await open(page, name)
  await reader.ask("Why?")
  return reader
}

test("a kill in full flow loses no token, and where they have numbers repeats none", async () => {
  const theirs = await ask("aisdk", "theirs")
  const tanstack = await ask("tanstack", "tanstack")
  way.isExact = true
  const ours = await ask("aisdk", "ours")
  script.allow(5)
  await Promise.all([theirs, tanstack, ours].map((each) => each.sees(5)))
  script.allowAll()
  await until("the models are speaking", () => script.said > 30)

  await killServer()

  await ours.seesAll()
  await theirs.seesEachAtLeastOnce()
  await tanstack.seesEachAtLeastOnce()
  expect(script.asked).toBe(3)
})

test("stop ends the model where they have numbers, too", async () => {
  way.isExact = true
  const reader = await ask("aisdk")
  script.allow(10)
  await reader.sees(10)

  reader.pressStop()
  await reader.sees(10, "ready")

  await modelEndsEarly()
})
