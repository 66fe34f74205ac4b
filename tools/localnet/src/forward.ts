/** Fixed ports for a network whose own are random: bytes in, bytes out. */
import { connect, createServer, type Server } from 'node:net';

/** Forwards a port of this machine to an address; resolves once it listens, and fails where the port is taken. */
export function forward(port: number, to: string): Promise<Server> {
  const target = new URL(to);
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    client.pipe(upstream).pipe(client);
    // Either end may go away at any time: the other follows.
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
