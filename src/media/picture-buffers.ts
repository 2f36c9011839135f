// Pictures that are used again: allocating new ones costs time, and freeing them fragments the memory of the process.

/** Recycles the memory of RGBA pictures. */
export class PictureBuffers {
  readonly #free: Uint8ClampedArray<ArrayBuffer>[] = [];

  /** Returns an RGBA picture with arbitrary content. */
  take(byteLength: number): Uint8ClampedArray<ArrayBuffer> {
    const index = this.#free.findIndex((buffer) => buffer.length === byteLength);
    return index < 0 ? new Uint8ClampedArray(byteLength) : this.#free.splice(index, 1)[0];
  }

  /** Takes back a picture that is no longer used. */
  give(buffer: Uint8ClampedArray<ArrayBuffer>): void {
    if (this.#free.length < KEPT_PICTURES) this.#free.push(buffer);
  }
}

/** At least as many as a window of frames takes and returns at a time. */
const KEPT_PICTURES = 32;
