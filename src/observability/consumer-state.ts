/** Where the consumer is, as the health tells it. */
export type ConsumerState =
  | { readonly kind: 'joining' }
  /** Without partitions it stands by for those who have them. */
  | { readonly kind: 'member'; readonly partitions: readonly number[] }
  | { readonly kind: 'stopping' };
