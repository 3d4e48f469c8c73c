/** A camera that sees what a journey holds in front of it: the pixels of another person's screen. */
import { expect, type BrowserContext, type Locator, type Page } from '@playwright/test';

declare global {
  var holdBeforeCamera: ((png: string) => Promise<void>) | undefined;
}

/** Gives the pages of this browser a camera of 1280×720; dark until something is held before it. */
export async function plugCamera(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [1280, 720];
    const picture = canvas.getContext('2d');
    let held: ImageBitmap | undefined;
    const draw = (): void => {
      picture?.fillRect(0, 0, canvas.width, canvas.height);
      if (held === undefined) return;
      const size = Math.min(held.width, 700);
      picture?.drawImage(held, (canvas.width - size) / 2, 10, size, (size * held.height) / held.width);
    };
    globalThis.holdBeforeCamera = async (png) => {
      const bytes = Uint8Array.from(atob(png), (character) => character.charCodeAt(0));
      held = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
      draw();
    };
    navigator.mediaDevices.getUserMedia = () => {
      draw();
      // A canvas that stands still sends no frames: it is painted again and again, as a lens would.
      setInterval(draw, 50);
      return Promise.resolve(canvas.captureStream(20));
    };
  });
}

export async function showToCamera(page: Page, code: Locator): Promise<void> {
  await expect(code).toBeVisible();
  const png = await code.screenshot();
  await page.evaluate((picture) => globalThis.holdBeforeCamera?.(picture), png.toString('base64'));
}
