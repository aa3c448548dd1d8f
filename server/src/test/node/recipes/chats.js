// Stands for the application's database.
const stored = new Map()

export const chats = {
  async load(id) {
    return stored.get(id)
  },
  async save(id, chat) {
    stored.set(id, structuredClone(chat))
  },
}
