/**
 * Speaks to the lab as a program that shares nothing with it: no module of the project, no serialisation of any engine, bytes written by hand. Runs on
 * whatever Node it is started with. Words: Node for the lab, the lab's entry, its options. Prints what came back as one line of JSON.
 */
import { spawn } from 'node:child_process'

const [node, entry, options] = process.argv.slice(2)
const lab = spawn(node, ['--disable-warning=ExperimentalWarning', entry, options], { stdio: ['ignore', 'ignore', 'pipe', 'overlapped'] })
let stderr = ''
lab.stderr.setEncoding('utf8').on('data', (text) => (stderr += text))
const pipe = lab.stdio[3]

const text = (value) => Buffer.concat([Buffer.from([0xa0 + value.length]), Buffer.from(value, 'latin1')])
/** { t: 'q', m: name, a: [], i: number } as https://github.com/msgpack/msgpack/blob/master/spec.md has it */
const call = (name, number) =>
  Buffer.concat([Buffer.from([0x84]), text('t'), text('q'), text('m'), text(name), text('a'), Buffer.from([0x90]), text('i'), text(number)])

function send(body) {
  const head = Buffer.from([body.length >>> 24, (body.length >>> 16) & 255, (body.length >>> 8) & 255, body.length & 255])
  // A byte at a time: the lab may count on no piece.
  for (const byte of Buffer.concat([head, body])) pipe.write(Buffer.from([byte]))
}

let received = Buffer.alloc(0)
const bodies = []
pipe.on('data', (piece) => {
  received = Buffer.concat([received, piece])
  while (received.length >= 4 && received.length >= 4 + received.readUInt32BE(0)) {
    const end = 4 + received.readUInt32BE(0)
    bodies.push(received.subarray(4, end).toString('base64'))
    received = received.subarray(end)
    // Nothing more is asked: the end of the pipe ends the lab.
    if (bodies.length === 2) pipe.end()
  }
})
pipe.on('error', () => {})
lab.on('exit', (code, signal) =>
  console.log(JSON.stringify({ version: process.version, v8: process.versions.v8, code, signal, stderr, bodies, left: received.length })),
)
send(call('describe', '1'))
send(call('running', '2'))
