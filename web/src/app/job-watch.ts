import { JobEvents, type JobLine, type JobState } from "../api/generated";
import type { Live } from "../api/live";
import { Watch } from "./watch";

const TERMINAL: ReadonlySet<JobState> = new Set<JobState>(["SUCCEEDED", "FAILED", "CANCELLED"]);
export const isOver = (state: JobState): boolean => TERMINAL.has(state);

/** Follows the live jobs. */
export class JobWatch extends Watch<JobLine> {
  readonly jobs = new Map<string, JobLine>();

  constructor(private readonly live: Live) {
    super();
  }

  /** The jobs at work, oldest first. */
  get running(): JobLine[] {
    return [...this.jobs.values()].filter((job) => !isOver(job.state));
  }

  protected begin(): () => void {
    return this.live.subscribe(JobEvents, {}, ({ job }) => {
      this.jobs.set(job.id, job);
      this.tell(job);
    });
  }

  protected forget(): void {
    this.jobs.clear();
  }
}
