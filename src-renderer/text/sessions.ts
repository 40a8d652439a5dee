export const sessions = {
  title: 'Sessions',
  imported: (name: string) => `Imported ${name}.`,
  exported: (file: string) => `Exported to ${file}.`,
  remove: 'Delete',
  removeTitle: (count: number) => (count === 1 ? 'Delete this session?' : `Delete ${count} sessions?`),
  removeWords: (names: readonly string[]) =>
    `${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}: all events and checkpoints go. This can't be undone; export first what you want to keep.`,
} as const
