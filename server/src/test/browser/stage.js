// What the tests share: one Chromium, the texts that are to come, and how a reader sees the page.

import assert from "node:assert/strict"
import { mkdirSync, readFileSync } from "node:fs"
import { chromium } from "playwright-core"

const { DEMO_URL, CHROMIUM, SCREENSHOTS } = process.env
const TEXTS = new URL("../../main/resources/io/rivulet/server/demo/", import.meta.url)

/** Enough for a server that is killed and comes back on a busy machine. */
export const PATIENCE_MILLIS = 30_000

export const WHY = { ask: "Why should tokens go through a message engine?", answer: text("stage/answer.txt") }
export const RELOAD = { ask: "What happens when I reload?", answer: text("web/answer-reader.txt") }
export const KILL = { ask: "What if somebody kills it?", answer: text("web/answer-server.txt") }
export const STOP = { ask: "How do I stop it?", answer: text("web/answer-stop.txt") }

/** Longer than any test needs: to be stopped. */
export const LONG = { ask: "Tell me everything." }

function text(file) {
  return readFileSync(new URL(file, TEXTS), "utf8").trim()
}

let browser

export async function openBrowser() {
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] })
}

export async function closeBrowser() {
  await browser.close()
}

/** A browser of its own, with nothing stored, whose page tells what goes wrong in it. */
export async function reader(options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1100, height: 760 },
    reducedMotion: "reduce", // without a graphics card each frame costs
    ...options,
  })
  const complaints = []
  context.on("weberror", (error) => complaints.push(String(error.error())))
  context.on("console", (message) => {
    // What the network does is part of the story; the rest, such as a breach of the policy, is not.
    if (message.type() === "error" && !message.text().includes("Failed to load resource")) {
      complaints.push(message.text())
    }
  })
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE_MILLIS)
  await page.goto(DEMO_URL)
  return {
    context,
    page,
    async leave() {
      await context.close()
      assert.deepEqual(complaints, [], "the page has nothing to complain about")
    },
  }
}

export async function ask(page, question) {
  await page.getByLabel("Your question").fill(question)
  await page.keyboard.press("Enter")
}

/** The text of the last answer, as it is now. */
export function answered(page) {
  return page.locator(".said").last().textContent()
}

/** Waits until some of the last answer is there, and not all of it. */
export async function midAnswer(page, characters = 60) {
  await page.waitForFunction(
    (least) => [...document.querySelectorAll(".said")].at(-1)?.textContent.length >= least,
    characters,
  )
  assert.equal(await state(page), "streaming", "it is in the middle of the answer")
}

export function state(page) {
  return page.locator(".turn").last().getAttribute("data-state")
}

/** The question's answer has ended, and each of its tokens stands there once. */
export async function isWhole(page, { ask: words, answer }) {
  const turn = page.locator(".turn").filter({ hasText: words }).last()
  await turn.and(page.locator('[data-state="complete"]')).waitFor()
  assert.equal(await turn.locator(".said").textContent(), answer)
}

export async function picture(page, name) {
  mkdirSync(SCREENSHOTS, { recursive: true })
  await page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, animations: "disabled" })
}
