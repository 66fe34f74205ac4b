/** SOL as people read it. */
import { units } from '@breakwater/client';

const SOL_DECIMALS = 9;

/** Lamports in SOL. */
export const inSol = (lamports: bigint): string => units.toDecimal(lamports, SOL_DECIMALS);
