declare global {
  namespace App {
    interface Error {
      message: string;
      /** The code of the screen could not be fetched, and this device had not kept it yet. */
      isCodeMissing?: boolean;
    }
  }
}
export {};
