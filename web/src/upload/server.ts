import { CancelUpload, CreateUpload, Uploads } from "../api/generated";
import { api } from "../app/services";
import type { Line, Reply, Server, Upload } from "./upload";

/** One request to an upload's address. XMLHttpRequest, because fetch does not tell how much of a body is sent. */
function ask(method: string, url: string, headers: Readonly<Record<string, string>>, body: Blob | null, progress: (sent: number) => void, signal: AbortSignal): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = (): void => request.abort();
    request.open(method, api.url(url));
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => progress(event.loaded);
    request.onloadend = () => {
      signal.removeEventListener("abort", stop);
      if (request.status === 0) reject(new Error("the connection broke"));
      else resolve({ status: request.status, offset: numberIn(request.getResponseHeader("Upload-Offset")), problem: detailOf(request.responseText) });
    };
    signal.addEventListener("abort", stop);
    if (signal.aborted) reject(new Error("stopped"));
    else request.send(body);
  });
}

const numberIn = (header: string | null): number | null => (header === null ? null : Number(header));

/** The sentence of a problem (RFC 9457); null for what a proxy on the way says. */
function detailOf(text: string): string | null {
  try {
    return (JSON.parse(text) as { detail?: string }).detail ?? null;
  } catch {
    return null;
  }
}

/** Fingerprints of what is under way, so that another file of the same name and size does not go on where one stopped. */
const MARKS = "foyer.uploads";
const marks = (): Record<string, number> => JSON.parse(localStorage.getItem(MARKS) ?? "{}") as Record<string, number>;

export function remember(id: string, file: File | null): void {
  const { [id]: _, ...others } = marks();
  localStorage.setItem(MARKS, JSON.stringify(file ? { ...others, [id]: file.lastModified } : others));
}

export const isSame = (id: string, file: File): boolean => (marks()[id] ?? file.lastModified) === file.lastModified;

export const uploadServer: Server = {
  async create(upload: Upload): Promise<Line> {
    const { library, directory } = upload.place;
    const { upload: line } = await api.mutate(CreateUpload, { input: { library, filename: upload.name, sizeBytes: upload.size, directory: directory || null } });
    if (upload.file instanceof File) remember(line.id, upload.file);
    return line;
  },
  async find(id) {
    const { uploads } = await api.query(Uploads, { first: 100 });
    return uploads.nodes.find((one) => one.id === id) ?? null;
  },
  async cancel(id) {
    remember(id, null);
    await api.mutate(CancelUpload, { input: { upload: id } });
  },
  // Home Assistant's ingress has no HEAD.
  where: (url, signal) => ask("GET", url, {}, null, () => undefined, signal),
  patch: (url, offset, piece, progress, signal) => ask("PATCH", url, { "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(offset) }, piece, progress, signal),
  wait: (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      signal.addEventListener("abort", () => (clearTimeout(timer), reject(new Error("stopped"))), { once: true });
    }),
  now: () => performance.now(),
};
