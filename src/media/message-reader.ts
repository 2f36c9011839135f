// Messages in a stream of bytes: two lengths, a header as JSON, and bytes that belong to it.

const LENGTHS_BYTES = 8;

/** Bodies that were given back are used again: allocating large ones costs more than filling them. */
const KEPT_BODIES = 8;

/** Returns what goes before the bytes of a message: their length and its header. */
export function messageHead(message: object, bodyLength: number): Uint8Array<ArrayBuffer> {
  const header = new TextEncoder().encode(JSON.stringify(message));
  const head = new Uint8Array(LENGTHS_BYTES + header.length);
  const lengths = new DataView(head.buffer);
  lengths.setUint32(0, header.length, true);
  lengths.setUint32(4, bodyLength, true);
  head.set(header, LENGTHS_BYTES);
  return head;
}

/** Puts messages together from parts of any size. */
export class MessageReader<Message extends object> {
  readonly #free: Uint8Array<ArrayBuffer>[] = [];
  readonly #onMessage: (message: Message, body: Uint8Array<ArrayBuffer>) => void;
  /** What is being filled: the lengths, then the header, then the body. */
  #part: 'lengths' | 'header' | 'body' = 'lengths';
  #target = new Uint8Array(LENGTHS_BYTES);
  #filled = 0;
  #bodyLength = 0;
  #message: Message | undefined;

  constructor(onMessage: (message: Message, body: Uint8Array<ArrayBuffer>) => void) {
    this.#onMessage = onMessage;
  }

  /** Takes back a body that is no longer used. */
  recycle(body: Uint8Array<ArrayBuffer>): void {
    if (this.#free.length < KEPT_BODIES) this.#free.push(body);
  }

  push(data: Uint8Array): void {
    for (let position = 0; position < data.length;) {
      const part = data.subarray(position, position + this.#target.length - this.#filled);
      this.#target.set(part, this.#filled);
      this.#filled += part.length;
      position += part.length;
      while (this.#filled === this.#target.length) if (!this.#finishPart()) break;
    }
  }

  /** Returns whether the next part may be empty, and thus be finished as well. */
  #finishPart(): boolean {
    if (this.#part === 'lengths') {
      const lengths = new DataView(this.#target.buffer);
      this.#bodyLength = lengths.getUint32(4, true);
      this.#begin('header', lengths.getUint32(0, true));
      return false;
    }
    if (this.#part === 'header') {
      this.#message = JSON.parse(new TextDecoder().decode(this.#target)) as Message;
      this.#begin('body', this.#bodyLength);
      return true;
    }
    const body = this.#target;
    this.#begin('lengths', LENGTHS_BYTES);
    this.#onMessage(this.#message!, body);
    return false;
  }

  #begin(part: 'lengths' | 'header' | 'body', length: number): void {
    this.#part = part;
    const index = part === 'body' ? this.#free.findIndex((body) => body.length === length) : -1;
    this.#target = index < 0 ? new Uint8Array(length) : this.#free.splice(index, 1)[0];
    this.#filled = 0;
  }
}
