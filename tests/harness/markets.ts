/** Markets stories are told on. */
export { BTC, ETH, SOL } from '@breakwater/localnet';
