/** A command that goes on until somebody stops it, and what it says once it is ready. */
export type Service = { readonly command: RegExp; readonly ready: RegExp };

/** What a block of the shell has around it. */
export type Session = {
  readonly services: readonly Service[];
  /** What stands in for words of the page that are its reader's to choose, or that lead elsewhere. */
  readonly filled: readonly (readonly [word: string, value: string])[];
};

/** Seconds that a service may take until it is ready. */
const READY_SECONDS = 300;

/**
 * A service is a job of its own, so that what stops it reaches all its processes. It has to be there still when the block has come to its end.
 */
const PROLOGUE = String.raw`set -euo pipefail -m
said=$(mktemp -d)
jobs=()
stop() {
  status=$?
  for ((last = \${#jobs[@]} - 1; last >= 0; last--)); do
    pid=\${jobs[last]}
    if ! kill -0 "$pid" 2>/dev/null; then
      echo "ended before the block did:" >&2
      tail -n 20 "$said/$pid" >&2
      status=1
    fi
    kill -INT -- "-$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$said"
  exit "$status"
}
trap stop EXIT
ready() {
  for ((turn = 0; turn < ${String(READY_SECONDS * 4)}; turn++)); do
    if grep -Eq "$2" "$said/$1"; then return 0; fi
    if ! kill -0 "$1" 2>/dev/null; then break; fi
    sleep 0.25
  done
  echo "not ready: $2" >&2
  tail -n 20 "$said/$1" >&2
  return 1
}
`.replaceAll("\\$", "$");

/** Returns the program of bash's that does what a block says, its services beside it. */
export function shellSession(code: string, { services, filled }: Session): string {
  const text = filled.reduce((all, [word, value]) => all.replaceAll(word, value), code);
  const lines = text.replaceAll("\\\n", " ").split("\n");
  return [PROLOGUE, ...lines.map((line) => serviceOf(line, services) ?? line), ""].join("\n");
}

/** Returns the lines that start a service and wait until it is ready; undefined for a command that ends. */
function serviceOf(line: string, services: readonly Service[]): string | undefined {
  const service = services.find(({ command }) => command.test(line));
  if (service === undefined) return undefined;
  const command = line.replace(/\s#.*$/u, "");
  return [
    ': >"$said/starting"',
    `(${command}) >"$said/starting" 2>&1 &`,
    "jobs+=($!)",
    'mv "$said/starting" "$said/$!"',
    `ready $! '${service.ready.source}'`,
  ].join("\n");
}
