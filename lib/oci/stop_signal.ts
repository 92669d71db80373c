/** Signals that stop a container. */

/** Signals of Linux (moby/sys, signal/signal_linux.go) except real-time ones. They include those of Windows. */
const SIGNALS: ReadonlySet<string> = /* @__PURE__ */ new Set(
  /* @__PURE__ */ ("ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP TSTP TTIN TTOU URG " +
    "USR1 USR2 VTALRM WINCH XCPU XFSZ").split(" "),
);
/** Real-time signals, counted from the first or the last one, with 15 and 14 steps at most, as in Docker. */
const REAL_TIME = /^(?:RTMIN(?:\+(?:[1-9]|1[0-5]))?|RTMAX(?:-(?:[1-9]|1[0-4]))?)$/;
/** The highest number of a signal. */
export const LAST_SIGNAL = 64;

/** Whether Docker and Podman know a signal: by its number, or by its name in any case, with or without `SIG`. */
export function isStopSignal(text: string): boolean {
  if (/^\d+$/.test(text)) return Number(text) >= 1 && Number(text) <= LAST_SIGNAL;
  const name = text.toUpperCase().replace(/^SIG/, "");
  return SIGNALS.has(name) || REAL_TIME.test(name);
}
