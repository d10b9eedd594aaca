/** The state of the consumer, as the health report shows it. */
export type ConsumerState =
  | { readonly kind: 'joining' }
  /** A member without partitions stands by. */
  | { readonly kind: 'member'; readonly partitions: readonly number[] }
  | { readonly kind: 'stopping' };
