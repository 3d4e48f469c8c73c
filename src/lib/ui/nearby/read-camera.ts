/** Reads QR codes from the camera: by the browser's own detector where it has one, else by a decoder that is loaded then. */

/** Not in every browser, nor in TypeScript's library. */
interface Detector {
  detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>;
}
interface DetectorMaker {
  new (options: { readonly formats: readonly string[] }): Detector;
  getSupportedFormats(): Promise<readonly string[]>;
}

type ReadFrame = (video: HTMLVideoElement) => Promise<string | undefined>;

export interface CameraListener {
  onText(text: string): void;
  /** There is no camera, or it may not be used. */
  onRefused(): void;
}

const PAUSE_MS = 120;
/** More pixels cost time, and a code that fills a third of the picture needs no more. */
const MAX_WIDTH = 960;

/** Shows the camera in `video` and reads until the returned function is called. */
export function readCamera(video: HTMLVideoElement, listener: CameraListener): () => void {
  let isOver = false;
  let stream: MediaStream | undefined;
  const stop = (): void => {
    isOver = true;
    for (const track of stream?.getTracks() ?? []) track.stop();
  };
  const run = async (): Promise<void> => {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' }, audio: false });
    if (isOver) {
      stop();
      return;
    }
    video.srcObject = stream;
    await video.play();
    const readFrame = await frameReader();
    let last: string | undefined;
    while (!isOver) {
      const text = await readFrame(video);
      if (text !== undefined && text !== last) listener.onText(text);
      last = text ?? last;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  };
  run().catch(() => {
    const wasOver = isOver;
    stop();
    if (!wasOver) listener.onRefused();
  });
  return stop;
}

async function frameReader(): Promise<ReadFrame> {
  const maker = (globalThis as { BarcodeDetector?: DetectorMaker }).BarcodeDetector;
  if (maker !== undefined && (await maker.getSupportedFormats()).includes('qr_code')) {
    const detector = new maker({ formats: ['qr_code'] });
    return async (video) => (await detector.detect(video))[0]?.rawValue;
  }
  return decodingReader();
}

async function decodingReader(): Promise<ReadFrame> {
  const { decodeQR } = await import('qr/decode.js');
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  return (video) => {
    if (context === null || video.videoWidth === 0) return Promise.resolve(undefined);
    canvas.width = Math.min(MAX_WIDTH, video.videoWidth);
    canvas.height = Math.round((canvas.width * video.videoHeight) / video.videoWidth);
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    try {
      return Promise.resolve(decodeQR(context.getImageData(0, 0, canvas.width, canvas.height)));
    } catch {
      // A picture without a readable code: the next one may have it.
      return Promise.resolve(undefined);
    }
  };
}
