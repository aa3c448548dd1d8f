// The OpenAPI document is valid by the schema of OpenAPI itself, and all that it refers to is there.
import { Validator } from "@seriousme/openapi-schema-validator"
import { expect, test } from "vitest"

const url = process.env.STREAMS_URL + "/openapi.json"

test("the document is valid", async () => {
  const validator = new Validator()
  const result = await validator.validate(await (await fetch(url)).json())
  expect(result.errors ?? []).toEqual([])
  expect(result.valid).toBe(true)
  expect(validator.version).toBe("3.1")
})

test("what it refers to is there", async () => {
  const document = await (await fetch(url)).json()
  const names = JSON.stringify(document).matchAll(/"#\/components\/([a-z]+)\/([A-Za-z]+)"/g)
  for (const [, kind, name] of names) {
    expect(document.components[kind]).toHaveProperty(name)
  }
})
