/**
 * The variables that the lab's own children are given. They open files that come from anybody, so they get what Node, ONNX Runtime and the system
 * need, and none of the keys and passwords that a shell's environment is full of.
 */

const KEPT: ReadonlySet<string> = new Set(
  [
    // Variables for the places of programs, the user's folders and temporary files.
    'PATH HOME USER LOGNAME SHELL TMPDIR TEMP TMP PWD',
    // Variables for how texts and times are written. macOS gives the encoding separately.
    'LANG LANGUAGE TZ TZDIR __CF_USER_TEXT_ENCODING',
    // Variables for the place of shared libraries and their use of memory.
    'LD_LIBRARY_PATH DYLD_LIBRARY_PATH DYLD_FALLBACK_LIBRARY_PATH MALLOC_ARENA_MAX GLIBC_TUNABLES',
    // systemd-run --user asks the user's own bus.
    'XDG_RUNTIME_DIR DBUS_SESSION_BUS_ADDRESS XDG_CACHE_HOME',
    // Windows: without these neither sockets nor libraries are found.
    'SYSTEMROOT SYSTEMDRIVE WINDIR COMSPEC PATHEXT OS',
    'USERPROFILE HOMEDRIVE HOMEPATH APPDATA LOCALAPPDATA PROGRAMDATA PROGRAMFILES ALLUSERSPROFILE PUBLIC',
    'NUMBER_OF_PROCESSORS PROCESSOR_ARCHITECTURE PROCESSOR_IDENTIFIER PROCESSOR_LEVEL PROCESSOR_REVISION',
    // Variables that the lab sets for all processes it starts.
    'NODE_COMPILE_CACHE ORT_DISABLE_TELEMETRY',
  ].flatMap((names) => names.split(' ')),
)

/** Names of the lab's own, and of how texts are written. */
const KEPT_BEGINNINGS = /^(COOPERLAB|LC)_/i

export function childEnvironment(environment: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  // Windows doesn't tell capitals from small letters in names.
  return Object.fromEntries(Object.entries(environment).filter(([name]) => KEPT.has(name.toUpperCase()) || KEPT_BEGINNINGS.test(name)))
}
