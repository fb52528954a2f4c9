import { Uploads } from "../api/generated";
import { api } from "../app/services";
import { attempt } from "../components/toast";
import type { Dropped } from "./dropped";
import { isSame, remember, uploadServer } from "./server";
import { Upload } from "./upload";

/** Every upload of this page, sent one after the other. Dispatches `change`. */
export class UploadQueue extends EventTarget {
  all: readonly Upload[] = [];
  private working = false;

  constructor() {
    super();
    addEventListener("beforeunload", (event) => this.isActive && event.preventDefault());
    addEventListener("online", () => this.all.filter((one) => one.state === "failed" && one.problem === "").forEach((one) => this.resume(one)));
  }

  get isActive(): boolean {
    return this.all.some((one) => one.isActive);
  }

  /** Send files into a library; one that was interrupted goes on where it stopped. */
  add(library: string, files: readonly Dropped[]): void {
    for (const { file, directory } of files) {
      const known = this.all.find((one) => one.state === "interrupted" && one.place.library === library && one.name === file.name && one.size === file.size && (!directory || one.place.directory === directory));
      if (known?.id && isSame(known.id, file)) {
        known.file = file;
        known.state = "waiting";
      } else this.all = [...this.all, new Upload(file.name, file.size, { library, directory }, uploadServer, this.changed, file)];
    }
    this.changed();
    void this.work();
  }

  /** Show what an earlier visit left unfinished in a library. */
  async recall(library: string): Promise<void> {
    const { uploads } = await api.query(Uploads, { first: 100 });
    const here = new Set(this.all.map((one) => one.id));
    const left = uploads.nodes.filter((line) => line.state === "RECEIVING" && line.library?.id === library && !here.has(line.id));
    if (left.length === 0) return;
    const place = (directory: string) => ({ library, directory });
    this.all = [...this.all, ...left.map((line) => new Upload(line.filename, line.sizeBytes, place(line.directory), uploadServer, this.changed, null, line))];
    this.changed();
  }

  resume(upload: Upload): void {
    upload.state = "waiting";
    this.changed();
    void this.work();
  }

  async cancel(upload: Upload): Promise<void> {
    this.drop(upload);
    await attempt(() => upload.cancel());
  }

  /** Take what is over from the list. */
  clear(): void {
    this.all = this.all.filter((one) => one.isActive || one.state === "paused");
    this.changed();
  }

  private drop(upload: Upload): void {
    this.all = this.all.filter((one) => one !== upload);
    this.changed();
  }

  private readonly changed = (): void => {
    this.dispatchEvent(new Event("change"));
  };

  private async work(): Promise<void> {
    if (this.working) return;
    this.working = true;
    try {
      for (;;) {
        const next = this.all.find((one) => one.state === "waiting");
        if (!next) return;
        await next.run();
        if (next.state === "done" && next.id) remember(next.id, null);
      }
    } finally {
      this.working = false;
    }
  }
}

export const uploadQueue = new UploadQueue();
