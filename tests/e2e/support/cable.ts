/**
 * The network cable of one person: a SOCKS proxy that every connection of their browser goes through, shared workers
 * included, which the browser's own offline emulation does not reach. Cut, it ends what is open and refuses the rest; in a
 * tunnel nothing passes and nobody is told.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';

const SOCKS_VERSION = 5;
const NO_AUTHENTICATION = Buffer.from([SOCKS_VERSION, 0]);
const GRANTED = Buffer.from([SOCKS_VERSION, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
const NAME_ADDRESS = 3;

export class Cable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isCut = false;
  #isInTunnel = false;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => this.#accept(socket));
  }

  static async lay(): Promise<Cable> {
    const cable = new Cable(createServer());
    await new Promise<void>((resolve) => cable.#server.listen(0, '127.0.0.1', resolve));
    return cable;
  }

  /** What the browser is told to go through. */
  get address(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the cable is not laid');
    return `socks5://127.0.0.1:${String(address.port)}`;
  }

  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  enterTunnel(): void {
    this.#isInTunnel = true;
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  /** What was open stays mute: whoever was in between has forgotten it. */
  leaveTunnel(): void {
    this.#isInTunnel = false;
  }

  remove(): void {
    this.cut();
    this.#server.close();
  }

  #accept(near: Socket): void {
    this.#watch(near);
    if (this.#isCut) {
      near.destroy();
      return;
    }
    if (this.#isInTunnel) {
      near.pause();
      return;
    }
    near.once('data', () => {
      near.write(NO_AUTHENTICATION);
      near.once('data', (request: Buffer) => this.#join(near, request));
    });
  }

  /** The relay is on this machine, whatever name the browser asks for. */
  #join(near: Socket, request: Buffer): void {
    const portAt = request[3] === NAME_ADDRESS ? 5 + (request[4] ?? 0) : request.length - 2;
    const far = connect(request.readUInt16BE(portAt), '127.0.0.1', () => {
      near.write(GRANTED);
      near.pipe(far);
      far.pipe(near);
    });
    this.#watch(far);
    far.once('close', () => near.destroy());
    near.once('close', () => far.destroy());
  }

  #watch(socket: Socket): void {
    this.#sockets.add(socket);
    // A reset is what a cut looks like; the close that follows is what counts.
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#sockets.delete(socket));
  }
}
