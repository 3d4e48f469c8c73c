/** Offers bytes as a file to keep; the browser asks where. */
export function saveFile(name: string, bytes: Uint8Array, type: string): void {
  const url = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type }));
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  URL.revokeObjectURL(url);
}

/** A file name that every system takes. */
export function fileName(title: string, fallback: string, ending: string): string {
  const safe = title
    .replace(/[\\/:*?"<>|\p{Cc}]/gu, ' ')
    .trim()
    .slice(0, 80);
  return `${safe === '' ? fallback : safe}.${ending}`;
}
