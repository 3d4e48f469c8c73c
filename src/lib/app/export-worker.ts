/** A worker of its own for writing a whole space as files and packing them: seconds of work for a large one. */
import { writeArchive } from '../documents/markdown/archive.ts';
import { filesOfExport } from '../documents/markdown/export-format.ts';
import type { ExportRequest } from './export-messages.ts';

declare const self: DedicatedWorkerGlobalScope;

self.addEventListener('message', ({ data: { index, views, names } }: MessageEvent<ExportRequest>) => {
  const files = filesOfExport({ index, views, memberName: (member) => names.get(member) ?? member.slice(0, 8) });
  const archive = writeArchive(files);
  self.postMessage(archive, [archive.buffer]);
});
