export const fleet = {
  states: { waiting: 'waiting', running: 'running', down: 'restarting', out: 'out' },
} as const
