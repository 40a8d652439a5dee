/** The scenario that is being written: checked as one types, first here against the schema, then by the lab against files and memory. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import type { ScenarioCheck, ShippedScenario } from '#shared/api/lab-api.ts'
import type { Issue } from '#shared/scenario/issues.ts'
import { type ScenarioInput, validateScenario } from '#shared/scenario/scenario.ts'
import { useLab } from './lab.ts'
import { wordsOf } from './messages.ts'
import { getIn, setIn } from './set-in.ts'

type Key = string | number

const PAUSE_MS = 250

export const useDraft = defineStore('draft', () => {
  const lab = useLab()
  /** The scenario as in a file; it may be wrong while it is being written. */
  const input = shallowRef<ScenarioInput | null>(null)
  /** The shipped scenario or file it began as. */
  const origin = ref('')
  const changed = ref(false)
  const checked = shallowRef<ScenarioCheck | null>(null)
  const checking = ref(false)
  const failure = ref<string | null>(null)

  const ownIssues = computed<readonly Issue[]>(() => (input.value === null ? [] : validateScenario(input.value)))
  const issues = computed(() => (ownIssues.value.length > 0 ? ownIssues.value : (checked.value?.issues ?? [])))
  const predictions = computed(() => (ownIssues.value.length > 0 ? [] : (checked.value?.phones ?? [])))
  /** Phones whose predicted need is above their cap. */
  const tooFull = computed(() => predictions.value.filter(({ capBytes, predictedBytes }) => predictedBytes > capBytes))
  /** The lab's report on the data. */
  const data = computed(() => (ownIssues.value.length > 0 ? null : (checked.value?.data ?? null)))
  const machine = computed(() => (ownIssues.value.length > 0 ? null : (checked.value?.machine ?? null)))
  /** The draft stays ready while a change is being checked: the lab checks again before it starts, and a button that flickers is hard to press. */
  const ready = computed(
    () => checked.value !== null && issues.value.length === 0 && failure.value === null && machine.value?.verdict !== 'fails',
  )

  let timer: ReturnType<typeof setTimeout> | undefined
  let request = 0

  watch([input, () => lab.calls], () => {
    clearTimeout(timer)
    const mine = ++request
    if (input.value === null || !lab.calls) return
    if (ownIssues.value.length > 0) {
      checking.value = false
      return
    }
    checking.value = true
    timer = setTimeout(() => void check(mine), PAUSE_MS)
  })

  async function check(mine: number): Promise<void> {
    try {
      const result = await lab.ask().check(input.value)
      if (mine !== request) return
      checked.value = result
      failure.value = null
    } catch (error) {
      if (mine === request) failure.value = wordsOf(error)
    } finally {
      if (mine === request) checking.value = false
    }
  }

  function load(scenario: ScenarioInput, from: string): void {
    input.value = scenario
    origin.value = from
    changed.value = false
    checked.value = null
  }

  function loadShipped({ id, input: shipped }: ShippedScenario): void {
    load(shipped, id)
  }

  function set(keys: readonly Key[], value: unknown): void {
    if (input.value === null || getIn(input.value, keys) === value) return
    input.value = setIn(input.value, keys, value)
    changed.value = true
  }

  /** Trains on the rows of a file or folder; test rows of the data before are no measure of it. */
  function takeData(path: string): void {
    const { test: _test, ...rest } = input.value?.data ?? {}
    set(['data'], { ...rest, train: { path } })
  }

  /** Returns the value of the draft, or else the checked scenario's default. */
  function get(...keys: readonly Key[]): unknown {
    return getIn(input.value, keys) ?? getIn(checked.value?.scenario, keys)
  }

  /** Returns the issues at a path or below it. */
  function issuesAt(path: string): readonly Issue[] {
    return issues.value.filter((issue) => issue.path === path || issue.path.startsWith(`${path}.`) || issue.path.startsWith(`${path}[`))
  }

  return {
    input,
    origin,
    changed,
    checked,
    checking,
    failure,
    issues,
    predictions,
    tooFull,
    data,
    machine,
    ready,
    load,
    loadShipped,
    set,
    takeData,
    get,
    issuesAt,
  }
})
