/** What lies over the window; one thing at a time. */
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'

export interface Question {
  readonly title: string
  readonly words: string
  /** What the button says that does it. */
  readonly action: string
  readonly dangerous: boolean
}

export const useOverlays = defineStore('overlays', () => {
  const shown = ref<'palette' | 'shortcuts' | null>(null)
  const question = shallowRef<Question | null>(null)
  let answer: (yes: boolean) => void = () => {}

  /** Asks before something that can't be undone. */
  function ask(what: Question): Promise<boolean> {
    answer(false)
    question.value = what
    return new Promise((resolve) => {
      answer = (yes) => {
        question.value = null
        answer = () => {}
        resolve(yes)
      }
    })
  }

  return { shown, question, ask, reply: (yes: boolean) => answer(yes) }
})
