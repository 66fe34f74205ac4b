/** Clusters, known by their first block: an address of a node says nothing of what is behind it. */
import type { Node } from './operator.js';

/** A cluster a file may name. */
export type Cluster = 'mainnet' | 'devnet' | 'localnet';

/** Hash of the first block of every public cluster this may be deployed to. */
export const GENESIS = {
  mainnet: '5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d',
  devnet: 'EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG',
} as const;

/** The network is not the one the file is for. */
export class WrongCluster extends Error {
  override readonly name = 'WrongCluster';
}

/**
 * Refuses every network but the one a file names.
 *
 * @param local - Of a local network, whose first block is new each time: the hash of the one that is meant.
 */
export async function requireCluster(rpc: Node, cluster: Cluster, local: string | undefined): Promise<string> {
  const found: string = await rpc.getGenesisHash().send();
  const known = Object.entries(GENESIS).find(([, hash]) => hash === found)?.[0];
  if (cluster !== 'localnet') {
    if (known === cluster) return found;
    throw new WrongCluster(
      `the file is for ${cluster}; the node is of ${known ?? `an unknown cluster, genesis ${found}`}`,
    );
  }
  if (known !== undefined) throw new WrongCluster(`the file is for a local network; the node is of ${known}`);
  if (local === undefined) {
    throw new WrongCluster(`a local network is named by its genesis hash: if this is it, pass --genesis ${found}`);
  }
  if (local !== found)
    throw new WrongCluster(`--genesis says ${local}; the node is of an unknown cluster, genesis ${found}`);
  return found;
}
