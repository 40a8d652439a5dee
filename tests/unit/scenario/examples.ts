/** Scenarios the tests of this folder start from. */

/** The least a person must write. */
export const smallest = {
  model: { checkpoint: 'models/encoder' },
  data: { train: { path: 'train.tsv' } },
  fleet: [{ profile: 'pixel-4' }],
}

/** The example of the design document, word for word. */
export const designExample = `
    { "name": "AG News on eight phones", "seed": 1,
      "model":  { "checkpoint": "models/encoder", "maxLength": 64, "weights": "fp32",
                  "adapter": { "kind": "lora", "rank": 8, "targets": ["query", "value"] } },
      "data":   { "train": { "path": "train.tsv", "text": 0, "label": 1, "header": false },
                  "test":  { "path": "test.tsv",  "text": 0, "label": 1, "header": false },
                  "public": { "share": 0.1, "condition": "same" },
                  "partition": { "kind": "dirichlet", "alpha": 0.5 } },
      "method": { "kind": "cooper", "randomDirections": 0, "poolSize": 4, "learningRate": 0.01, "batchSize": 16 },
      "fleet":  [ { "profile": "pixel-4", "count": 4, "link": "lte" },
                  { "profile": "android-go", "count": 4, "link": "slow-4g", "memoryCap": "512 MiB" } ],
      "cloud":  { "profile": "workstation" },
      "schedule":    { "policy": "layerwise" },
      "compression": { "controller": "adaptive", "bits": 4 },
      "stop":   { "rounds": 60, "targetAccuracy": 0.8 } }`

/** The one-line message of what `action` throws. */
export function messageFrom(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`
  }
  return 'nothing thrown'
}
