/** What is used of the platform's WebAssembly, typed here: neither Node's types nor the language's own name it without a DOM. */

/** A module's memory. */
export type Memory = { readonly buffer: ArrayBuffer };

/** A compiled module. */
export type Module = object;

type Platform = {
  readonly Module: new (bytes: Uint8Array) => Module;
  readonly Instance: new (module: Module) => { readonly exports: object };
  readonly RuntimeError: new (message?: string) => Error;
};

/** The platform's. */
export const platform = (globalThis as unknown as { readonly WebAssembly: Platform }).WebAssembly;
