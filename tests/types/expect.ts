/** Whether two types are the same, also where `any`, `unknown`, `never`, `readonly` or `?` make the difference. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Does not compile unless the claim is true. */
export type Expect<Claim extends true> = Claim;

/** Does not compile unless `value` is exactly a `T`. */
export declare function exactly<T>(): <Value>(
  value: Value,
  ...wrong: Equal<Value, T> extends true ? [] : [never]
) => void;
