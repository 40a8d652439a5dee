/** A logistic regression on word presence: how much of a corpus can be had without word order. */
export interface Examples {
  readonly texts: readonly string[]
  readonly labels: readonly string[]
}

export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[a-z'-]+/g) ?? []
}

/** Test accuracy after twelve epochs of plain SGD with a falling step. */
export function bagOfWordsAccuracy(train: Examples, test: Examples): number {
  const names = [...new Set(train.labels)]
  const index = new Map([...new Set(train.texts.flatMap(wordsOf))].map((word, at) => [word, at]))
  const bias = index.size
  const weights = names.map(() => new Float64Array(bias + 1))
  const featuresOf = (text: string): number[] => [...new Set(wordsOf(text).flatMap((word) => index.get(word) ?? [])), bias]
  const scores = (features: number[]): number[] => weights.map((row) => features.reduce((sum, at) => sum + (row[at] ?? 0), 0))

  const rows = train.texts.map((text, row) => ({ features: featuresOf(text), label: names.indexOf(train.labels[row] ?? '') }))
  for (let epoch = 0; epoch < 12; epoch++) {
    const step = 0.1 / (1 + epoch / 2)
    for (const { features, label } of rows) {
      const logits = scores(features)
      const most = Math.max(...logits)
      const exponentials = logits.map((logit) => Math.exp(logit - most))
      const sum = exponentials.reduce((total, value) => total + value, 0)
      for (const [name, row] of weights.entries()) {
        const error = (exponentials[name] ?? 0) / sum - (name === label ? 1 : 0)
        for (const at of features) row[at] = (row[at] ?? 0) - step * error
      }
    }
  }
  const right = test.texts.filter((text, row) => {
    const logits = scores(featuresOf(text))
    return names[logits.indexOf(Math.max(...logits))] === test.labels[row]
  })
  return right.length / test.texts.length
}
