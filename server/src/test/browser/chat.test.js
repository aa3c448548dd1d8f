// The chat page in a real browser: whatever happens on the way, each token is there once.

import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import {
  answered,
  ask,
  closeBrowser,
  isWhole,
  KILL,
  LONG,
  midAnswer,
  openBrowser,
  picture,
  reader,
  RELOAD,
  state,
  STOP,
  WHY,
} from "./stage.js"

before(openBrowser)
after(closeBrowser)

describe("a conversation", { concurrency: 4 }, () => {
  test("a question is answered token by token, and the next one below it", async () => {
    const { page, leave } = await reader()
    await ask(page, RELOAD.ask)
    await midAnswer(page)
    const early = await answered(page)
    await page.waitForFunction((text) => document.querySelector(".said").textContent !== text, early)
    await isWhole(page, RELOAD)

    await ask(page, STOP.ask)
    await isWhole(page, STOP)

    assert.equal(await page.locator(".turn").count(), 2)
    assert.deepEqual(await page.locator("chat-sessions li").allTextContents(), [RELOAD.ask])
    await leave()
  })

  test("a reload in the middle of an answer loses nothing", async () => {
    const { page, leave } = await reader()
    await ask(page, RELOAD.ask)
    await midAnswer(page)
    await page.reload()
    await isWhole(page, RELOAD)
    assert.equal(await page.locator(".turn").count(), 1)
    await page.reload()
    await isWhole(page, RELOAD)
    await leave()
  })

  test("a reader without a network hears of it calmly, and goes on when it is back", async () => {
    const { page, context, leave } = await reader()
    await ask(page, RELOAD.ask)
    await midAnswer(page)
    await context.setOffline(true)
    await page.getByText("You are offline. The answer goes on meanwhile").waitFor()
    const missing = await answered(page)
    await ask(page, STOP.ask)
    await page.getByText("Will be sent once the connection is back").waitFor()
    await picture(page, "offline")

    await context.setOffline(false)
    await page.locator(".turn").nth(1).and(page.locator('[data-state="complete"]')).waitFor()

    assert.notEqual(missing, RELOAD.answer)
    const answers = await page.locator(".said").allTextContents()
    assert.deepEqual(answers, [RELOAD.answer, STOP.answer])
    assert.equal(await page.getByRole("status").textContent(), "")
    await leave()
  })

  test("a second tab shows the same answer", async () => {
    const { page, context, leave } = await reader()
    await ask(page, WHY.ask)
    await midAnswer(page)
    const second = await context.newPage()
    await second.goto(page.url())
    await Promise.all([isWhole(page, WHY), isWhole(second, WHY)])

    await ask(second, STOP.ask)
    await Promise.all([
      page.getByText(STOP.ask).waitFor(),
      isWhole(second, STOP),
    ])
    await isWhole(page, STOP)
    await leave()
  })

  test("a stopped answer is stopped in every tab, and stays so", async () => {
    const { page, context, leave } = await reader()
    await ask(page, LONG.ask)
    await midAnswer(page, 20)
    const second = await context.newPage()
    await second.goto(page.url())
    // This answer goes on until it is stopped, so a tab that opens slowly does not miss it.
    await midAnswer(second)
    await page.getByRole("button", { name: "Stop the answer" }).click()
    for (const tab of [page, second]) {
      await tab.locator('[data-state="stopped"]').waitFor()
    }
    const kept = await answered(page)
    assert.ok(kept.startsWith(WHY.answer.slice(0, 20)))
    assert.equal(await answered(second), kept)
    await page.reload()
    await page.locator('[data-state="stopped"]').waitFor()
    assert.equal(await answered(page), kept)
    await leave()
  })

  test("everything can be done with the keyboard", async () => {
    const { page, leave } = await reader()
    const focused = () =>
      page.evaluate(() => document.activeElement.textContent.trim() || document.activeElement.id)
    assert.equal(await focused(), "question", "one can write at once")
    await page.keyboard.type("everything: one line")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("and another")
    await page.keyboard.press("Enter")
    await midAnswer(page, 10)
    assert.match(await page.locator(".question").textContent(), /one line\nand another$/)
    await page.keyboard.press("Tab")
    assert.equal(await focused(), "Stop the answer")
    await page.keyboard.press("Enter")
    await page.locator('[data-state="stopped"]').waitFor()
    assert.equal(await focused(), "question", "the focus does not go with the button")

    await page.keyboard.press("Shift+Tab")
    assert.equal(await page.evaluate(() => document.activeElement.id), "scroll")
    await page.keyboard.press("Shift+Tab")
    assert.match(await focused(), /^everything: one line/)
    await page.keyboard.press("Shift+Tab")
    assert.equal(await focused(), "New chat")
    await page.keyboard.press("Enter")
    await page.getByRole("heading", { name: "Ask something" }).waitFor()
    assert.equal(await page.locator(".turn").count(), 0)
    assert.equal(await focused(), "question")
    await leave()
  })

  test("a telephone shows all of it without scrolling sideways", async () => {
    const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }
    const { page, leave } = await reader(phone)
    const isTooWide = () =>
      page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)
    await page.getByRole("heading", { name: "Ask something" }).waitFor()
    assert.equal(await isTooWide(), false)
    await picture(page, "phone-welcome")
    await ask(page, `How do I stop ${"it".repeat(100)}?`)
    await midAnswer(page, 150)
    assert.equal(await isTooWide(), false)
    await picture(page, "phone-streaming")
    await page.getByRole("button", { name: "Chats" }).click()
    await page.getByRole("link", { name: /How do I stop/ }).waitFor()
    assert.equal(await isTooWide(), false)
    await picture(page, "phone-chats")
    await page.keyboard.press("Escape")
    await page.getByRole("button", { name: "New chat" }).waitFor({ state: "hidden" })
    await page.locator('[data-state="complete"]').waitFor()
    assert.equal(await answered(page), STOP.answer)
    await leave()
  })

  test("whoever reads further up is left there", async () => {
    const { page, leave } = await reader({ viewport: { width: 700, height: 420 } })
    await ask(page, RELOAD.ask)
    await isWhole(page, RELOAD)
    await ask(page, WHY.ask)
    await midAnswer(page)
    await page.locator("#scroll").hover()
    await page.mouse.wheel(0, -2000)
    await page.getByRole("button", { name: "Latest" }).waitFor()
    // A line that came in the same frame moves the place by its height; from here on nothing does.
    await page.mouse.wheel(0, -2000)
    await page.waitForFunction(() => document.querySelector("#scroll").scrollTop === 0)
    await isWhole(page, WHY)
    assert.equal(await page.locator("#scroll").evaluate((each) => each.scrollTop), 0)
    await page.getByRole("button", { name: "Latest" }).click()
    await page.waitForFunction(() => document.querySelector("#scroll").scrollTop > 100)
    await leave()
  })

  test("it looks the part, by day and by night, wide and narrow", async () => {
    const schemes = ["light", "dark"].map(async (colorScheme) => {
      const { page, leave } = await reader({ colorScheme })
      await page.getByRole("heading", { name: "Ask something" }).waitFor()
      await picture(page, `wide-${colorScheme}-welcome`)
      await ask(page, WHY.ask)
      await midAnswer(page, 300)
      await picture(page, `wide-${colorScheme}-streaming`)
      await page.setViewportSize({ width: 360, height: 740 })
      await isWhole(page, WHY)
      await picture(page, `narrow-${colorScheme}-complete`)
      await leave()
    })
    await Promise.all(schemes)
  })
})

test("a server that is killed in the middle of an answer loses nothing", async () => {
  const { page, leave } = await reader()
  await ask(page, KILL.ask)
  await midAnswer(page)
  process.kill(Number(process.env.SERVER_PID), "SIGKILL")
  await page.getByText("The answer goes on meanwhile, none of it is lost.").waitFor()
  await picture(page, "server-killed")
  assert.equal(await state(page), "streaming")
  assert.notEqual(await answered(page), KILL.answer)

  await isWhole(page, KILL)
  await page.reload()
  await isWhole(page, KILL)
  assert.equal(await page.locator(".turn").count(), 1)
  await leave()
})
