/** One-line messages at the edge of the window: failures, and actions whose effect can't be seen. */
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'

interface UserMessage {
  readonly key: number
  readonly kind: 'error' | 'done'
  readonly words: string
}

const DONE_STAYS_MS = 5000

export const useMessages = defineStore('messages', () => {
  const messages = shallowRef<readonly UserMessage[]>([])
  let next = 0

  function say(kind: UserMessage['kind'], words: string): void {
    const message = { key: next++, kind, words }
    // The same error again replaces itself.
    messages.value = [...messages.value.filter((other) => other.words !== words), message].slice(-4)
    if (kind === 'done') setTimeout(() => dismiss(message.key), DONE_STAYS_MS)
  }

  function dismiss(key: number): void {
    messages.value = messages.value.filter((message) => message.key !== key)
  }

  /** Returns the result of `action`, or undefined after its failure was shown. */
  async function attempt<T>(action: () => Promise<T>): Promise<T | undefined> {
    try {
      return await action()
    } catch (error) {
      say('error', wordsOf(error))
      return undefined
    }
  }

  return { messages, say, dismiss, attempt }
})

export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
