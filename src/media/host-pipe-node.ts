// The pipe to the program that started this process, from the side of the process; it ends with that program.
import { Socket, type ConnectOpts, type SocketConstructorOpts } from 'node:net';
import { AV_LOG_QUIET } from 'node-av/constants';
import { Log } from 'node-av/lib';
import { messageHead, MessageReader } from './message-reader.ts';

/** Of what arrives, so much is taken at once. */
const PART_BYTES = 1 << 18;

/** Messages to and from the program that started this process, which gets silent, and ends with that program. */
export class HostPipe<In extends object, Out extends object> {
  readonly #messages: MessageReader<In>;
  readonly #pipe: Socket;

  /** @param receive - takes a message and the bytes that belong to it. */
  constructor(receive: (message: In, body: Uint8Array<ArrayBuffer>) => void) {
    Log.setLevel(AV_LOG_QUIET);
    // Ctrl-C reaches every process of the terminal; the program decides what becomes of this one.
    process.on('SIGINT', () => undefined);
    const messages = new MessageReader(receive);
    this.#messages = messages;
    const buffer = Buffer.alloc(PART_BYTES);
    // Without a buffer of its own, the socket would make a new one for every 64 kB.
    const options: SocketConstructorOpts & ConnectOpts = {
      fd: 3,
      readable: true,
      writable: true,
      onread: {
        buffer,
        callback: (length) => {
          messages.push(buffer.subarray(0, length));
          return true;
        },
      },
    };
    this.#pipe = new Socket(options);
    this.#pipe.on('error', end);
    this.#pipe.on('end', end);
    this.#pipe.on('close', end);
  }

  /** Sends a message, and bytes that belong to it, which must not change until `onWritten` is called. */
  send(message: Out, body: Uint8Array = new Uint8Array(0), onWritten?: () => void): void {
    this.#pipe.cork();
    this.#pipe.write(messageHead(message, body.byteLength));
    if (body.byteLength > 0) this.#pipe.write(body, onWritten);
    this.#pipe.uncork();
  }

  /** Takes back the bytes of a message that are no longer used, for later ones. */
  recycle(body: Uint8Array<ArrayBuffer>): void {
    this.#messages.recycle(body);
  }
}

/** Not `exit`, which would wait for a decoder that never returns. */
function end(): void {
  process.kill(process.pid, 'SIGKILL');
}
