import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    // The Durable Streams client also tells of a cut connection by a promise that nobody can ask for.
    onUnhandledError: (error) => error.message !== "network error",
  },
})
