import { type ProcessEnd, Shutdown } from "./shutdown.js";

const processEnd: ProcessEnd = {
  onSignal(handle) {
    const term = (): void => handle("SIGTERM");
    const interrupt = (): void => handle("SIGINT");
    process.on("SIGTERM", term).on("SIGINT", interrupt);
    return () => void process.off("SIGTERM", term).off("SIGINT", interrupt);
  },
  handledElsewhere: (signal) => process.listenerCount(signal) > 1,
  exit: (code) => process.exit(code),
};

/** The one of this process. */
export const shutdown: Shutdown = new Shutdown(processEnd);
