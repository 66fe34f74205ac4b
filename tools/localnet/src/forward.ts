/** Fixed ports for a network whose own are random: bytes in, bytes out. */
import { connect, createServer, type Server } from 'node:net';

/** A port of this machine, taken before there is anything behind it. */
export type Door = {
  /** The port: where 0 was asked for, one that was free. */
  readonly port: number;
  /** Lets everybody who has come and who will come through to an address. */
  lead(to: string): void;
  /** Gives the port back. */
  close(): Server;
};

/** Takes a port of this machine; fails, by its number, where somebody else has it. */
export function openDoor(port: number): Promise<Door> {
  let lead: (to: URL) => void = () => undefined;
  const target = new Promise<URL>((resolve) => {
    lead = resolve;
  });
  const server = createServer((client) => {
    client.on('error', () => client.destroy());
    void target.then((to) => {
      const upstream = connect(Number(to.port), to.hostname);
      client.pipe(upstream).pipe(client);
      // Either end may go away at any time: the other follows.
      client.on('error', () => upstream.destroy());
      upstream.on('error', () => client.destroy());
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new Error(`port ${port} is taken`) : error);
    });
    server.listen(port, '127.0.0.1', () => {
      const found = server.address();
      const taken = typeof found === 'object' && found !== null ? found.port : port;
      resolve({ port: taken, lead: (to) => lead(new URL(to)), close: () => server.close() });
    });
  });
}
