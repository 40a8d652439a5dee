export const run = {
  notJson: (name: string) => `${name} is not JSON. Expected a scenario file as the lab saves it.`,
  notScenario: (name: string) => `${name} holds no object. Expected a scenario with model, data and fleet.`,
} as const
