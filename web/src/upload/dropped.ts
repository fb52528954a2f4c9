/** A file and the folders it lay in, with slashes between them. */
export interface Dropped {
  file: File;
  directory: string;
}

/** Files that were chosen or dropped, with all that is in dropped folders. Call it before the event is over. */
export async function filesOf(transfer: DataTransfer): Promise<Dropped[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter((entry) => entry !== null && entry !== undefined);
  if (entries.length === 0) return [...transfer.files].map((file) => ({ file, directory: "" }));
  return (await Promise.all(entries.map((entry) => walk(entry, "")))).flat();
}

async function walk(entry: FileSystemEntry, directory: string): Promise<Dropped[]> {
  if (entry.name.startsWith(".")) return [];
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [{ file, directory }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const inside = directory ? `${directory}/${entry.name}` : entry.name;
  const found: Dropped[] = [];
  // A reader gives a hundred at a time, and none at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return found;
    for (const one of some) found.push(...(await walk(one, inside)));
  }
}
