/** The dialogs over the window; one at a time. */
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'

interface Question {
  readonly title: string
  readonly words: string
  /** The label of the button that confirms. */
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
