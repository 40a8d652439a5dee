/**
 * Who may import whom (`npm run layers`). Type imports count as imports, unless a rule says otherwise.
 * `#main/*` and `#shared/*` are resolved through package.json.
 */

/**
 * The floors of src-main, top first; a floor may import the floors below it. data/ stands beside all of them.
 */
const floors = {
  shells: 'shells/',
  bench: 'bench/',
  lab: 'lab/',
  checkpoints: 'checkpoints/',
  reading: 'reading/',
  predict: 'predict/',
  store: 'store/',
  federation: 'federation/',
  'timeline-and-network': '(timeline|network)/',
  fleet: 'fleet/',
  workers: 'workers/',
  training: 'training/',
  wire: 'wire/',
  models: 'models/',
  engine: 'engine/',
  machine: 'machine/',
}

const floorPaths = Object.values(floors)

const floorRules = Object.entries(floors)
  .slice(1)
  .map(([name, path]) => ({
    name: `${name}-imports-nothing-above-it`,
    comment: 'A floor that knows the one above it can be neither tested nor replaced without it.',
    from: { path: `^src-main/${path}` },
    to: { path: `^src-main/(${floorPaths.slice(0, floorPaths.indexOf(path)).join('|')})` },
  }))

/** `name` may be imported from `where` alone, a regular expression. */
const onlyFrom = (name, where, comment) => ({
  name: `${name}-only-where-it-belongs`,
  comment,
  from: { path: '^src-', pathNot: where },
  to: { path: `(^|node_modules/)${name}(/|$)` },
})

const rules = [
  ...floorRules,

  {
    name: 'no-circular-imports',
    comment: 'In a cycle no file can be understood, tested or moved alone. This holds for types as well.',
    from: {},
    to: { circular: true },
  },
  {
    name: 'no-orphans',
    comment: 'A file that nothing imports and that imports nothing is dead. Entry points and declarations are started or read otherwise.',
    from: {
      orphan: true,
      pathNot: [
        '^src-main/shells/[^/]+/(main|preload)\\.ts$',
        '^src-main/workers/(device|cloud)\\.ts$',
        '^src-main/bench/(training|engine)-worker\\.ts$',
        '^src-renderer/main\\.ts$',
        '\\.d\\.ts$',
      ],
    },
    to: {},
  },
  {
    name: 'every-import-resolves',
    comment: 'An import that leads nowhere fails only when its line runs, which may be on somebody else’s machine.',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'no-development-packages',
    comment: 'The packaged application has the dependencies only. Electron comes with the application itself; types vanish.',
    from: { path: '^src-(main|shared)/' },
    to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: '(^|node_modules/)electron(/|$)' },
  },
  {
    name: 'sources-know-no-tests',
    comment: 'Tests are not shipped.',
    from: { path: '^src-' },
    to: { path: '^tests/' },
  },

  {
    name: 'data-stands-alone',
    comment: 'Readers and partitioners turn files into examples; they need no model, phone or run.',
    from: { path: '^src-main/data/' },
    to: { path: '^src-main/', pathNot: '^src-main/data/' },
  },
  {
    name: 'no-floor-is-missing',
    comment: 'A new folder of src-main needs its place in `floors` above, or no rule holds for it.',
    from: { path: '^src-main/', pathNot: `^src-main/(${floorPaths.join('|')}|data/)` },
    to: {},
  },
  {
    name: 'shared-needs-no-node',
    comment: 'src-shared runs in the window and in the browser too, where Node is absent.',
    from: { path: '^src-shared/' },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: 'shared-knows-no-process',
    comment: 'What every process shares can depend on none of them.',
    from: { path: '^src-shared/' },
    to: { path: '^src-(main|renderer)/' },
  },
  {
    name: 'renderer-sees-only-shared',
    comment: 'The window talks to the lab through the contract of src-shared/api, so that the same window works over IPC and WebSocket.',
    from: { path: '^src-renderer/' },
    to: { path: '^(src|tests)', pathNot: '^src-(renderer|shared)/' },
  },
  {
    name: 'renderer-needs-no-node',
    comment: 'The window is sandboxed and also runs in a browser.',
    from: { path: '^src-renderer/' },
    to: { dependencyTypes: ['core'] },
  },

  {
    name: 'a-run-is-pure-logic',
    comment: 'federation, timeline and network see phones and cloud through small interfaces, so a test drives them without a process.',
    from: { path: '^src-main/(federation|timeline|network)/' },
    to: { path: '^src-main/fleet/|^(node:)?child_process$|(^|node_modules/)onnxruntime' },
  },
  {
    name: 'a-run-knows-only-the-protocol-of-workers',
    comment: 'What a phone is asked and answers, the protocol, is the interface; the programs that answer run elsewhere.',
    from: { path: '^src-main/(federation|timeline|network)/' },
    to: { path: '^src-main/workers/', pathNot: '^src-main/workers/protocol/' },
  },
  {
    name: 'a-run-loads-no-worker',
    comment: 'See the rule above: even the protocol is there for its types alone.',
    from: { path: '^src-main/(federation|timeline|network)/' },
    to: { path: '^src-main/workers/', dependencyTypesNot: ['type-only'] },
  },

  onlyFrom('electron', '^src-main/shells/electron/', 'Every other shell, and every test, runs without Electron.'),
  onlyFrom(
    'onnxruntime-node',
    '^src-main/(engine/runtime/|workers/runtime\\.ts$|fleet/(native-modules|examine-machine)\\.ts$)',
    'It reports home unless told otherwise before it loads, so it is loaded in few places that tell it.',
  ),
  onlyFrom(
    'tokenizers',
    '^src-main/(models/tokenizer/load-tokenizer\\.ts$|fleet/native-modules\\.ts$)',
    'A pattern in a file of others may make it end the process, so it is loaded in one place.',
  ),
  {
    name: 'tokenizers-only-in-the-reader',
    comment: 'What reads files of others may end its process: no other one may load a tokenizer, phones and the host least of all.',
    from: {
      path: '^src-main/(shells|workers|fleet|federation|training|checkpoints|lab)/',
    },
    to: { path: '^src-main/models/tokenizer/load-tokenizer\\.ts$' },
  },
  onlyFrom('koffi', '^src-main/fleet/memory-cap/', 'A wrong call into the system ends the process; such calls stand together.'),
  onlyFrom('better-sqlite3', '^src-main/(store/|fleet/native-modules\\.ts$)', 'Only the store writes SQL.'),
  {
    name: 'no-import-in-disguise',
    comment:
      '`createRequire` loads a package past the rules above, so it is used only where a package is loaded late on purpose; `warm-start.ts` takes `flushCompileCache` alone.',
    from: { path: '^src-', pathNot: '^src-main/(fleet/(native-modules|memory-cap/native)|workers/warm-start)\\.ts$' },
    to: { path: '^(node:)?module$' },
  },
]

module.exports = {
  forbidden: rules.map((rule) => ({ severity: 'error', ...rule })),
  options: {
    cache: { folder: 'node_modules/.cache/layers', strategy: 'content' },
    doNotFollow: { path: 'node_modules' },
    // AssemblyScript: compiled by itself to resources/kernels.wasm.
    exclude: { path: '^src-main/engine/kernels/assembly/' },
    tsConfig: { fileName: 'tsconfig.json' },
    // Keeps type imports in and marks them `type-only`.
    tsPreCompilationDeps: 'specify',
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'] },
  },
}
