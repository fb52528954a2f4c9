import type { ReactiveControllerHost } from "lit";
import { JobEvents, type JobLine, type JobState } from "../api/generated";
import type { Live } from "../api/live";

const TERMINAL: ReadonlySet<JobState> = new Set<JobState>(["SUCCEEDED", "FAILED", "CANCELLED"]);
export const isOver = (state: JobState): boolean => TERMINAL.has(state);

/** Follows the live jobs once for everyone who shows them. */
export class JobWatch extends EventTarget {
  readonly jobs = new Map<string, JobLine>();
  private stop: (() => void) | null = null;
  private followers = 0;

  constructor(private readonly live: Live) {
    super();
  }

  /** The jobs at work, oldest first. */
  get running(): JobLine[] {
    return [...this.jobs.values()].filter((job) => !isOver(job.state));
  }

  /** Update the host at every change; `next` sees each job that changed. */
  follow(host: ReactiveControllerHost, next: (job: JobLine) => void = () => undefined): void {
    const listen = (event: Event): void => {
      next((event as CustomEvent<JobLine>).detail);
      host.requestUpdate();
    };
    host.addController({
      hostConnected: () => {
        this.addEventListener("job", listen);
        if (this.followers++ === 0) this.start();
      },
      hostDisconnected: () => {
        this.removeEventListener("job", listen);
        if (--this.followers === 0) this.end();
      },
    });
  }

  private start(): void {
    this.stop = this.live.subscribe(JobEvents, {}, ({ job }) => {
      this.jobs.set(job.id, job);
      this.dispatchEvent(new CustomEvent("job", { detail: job }));
    });
  }

  private end(): void {
    this.stop?.();
    this.jobs.clear();
  }
}
