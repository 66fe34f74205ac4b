/** A connection to a node that limits: what it refuses for now is asked again, whoever asks. */
import { getSolanaErrorFromJsonRpcError, type RpcTransport } from '@solana/kit';
import { isPassing, jittered, pauseAsked, PATIENCE, wait } from './node.js';

/** Before the second attempt; twice as long before each later one, up to the longest. */
const FIRST_WAIT_MILLISECONDS = 250;
const LONGEST_WAIT_MILLISECONDS = 4_000;

/** Why an answer asks to come later: a limit told under HTTP 200. Nothing where it does not. */
function later(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null || !('error' in answer)) return undefined;
  try {
    const error = getSolanaErrorFromJsonRpcError(answer.error);
    return isPassing(error) ? error : undefined;
  } catch (error) {
    // Kit has no words for the provider's own number.
    return error;
  }
}

/**
 * A transport that asks again where a node limits, is overloaded or breaks off, each time after a longer pause, for as long as a
 * blockhash lives. For what asks a node many things at once; `send` and the loaders are patient by themselves.
 */
export function patient(transport: RpcTransport, patience: number = PATIENCE.send): RpcTransport {
  return (async (config: Parameters<RpcTransport>[0]) => {
    const began = Date.now();
    for (let longest = FIRST_WAIT_MILLISECONDS; ; longest = Math.min(longest * 2, LONGEST_WAIT_MILLISECONDS)) {
      const isOver = Date.now() - began >= patience;
      let why: unknown;
      try {
        const answer: unknown = await transport(config);
        why = later(answer);
        if (why === undefined || isOver) return answer;
      } catch (error) {
        if (isOver || config.signal?.aborted === true || !isPassing(error)) throw error;
        why = error;
      }
      await wait(Math.max(jittered(longest), pauseAsked(why)));
    }
  }) as RpcTransport;
}
