/** The constants of SHA-256 (FIPS 180-4, 4.2.2 and 5.3.3), from their definition. */

/** What each of the 64 rounds adds. */
export function sha256RoundConstants(): number[] {
  return fractions(3, 64);
}

/** The eight words that hashing starts from. */
export function sha256InitialState(): number[] {
  return fractions(2, 8);
}

/** The first 32 bits of the fractional parts of the `root`-th roots of the first n primes. */
function fractions(root: 2 | 3, n: number): number[] {
  const out: number[] = [];
  for (let prime = 2; out.length < n; prime++) {
    if (Array.from({ length: prime - 2 }, (_, i) => i + 2).some((d) => prime % d === 0)) continue;
    const x = BigInt(prime) << BigInt(32 * root);
    let low = 0n;
    for (let bit = 1n << 40n; bit > 0n; bit >>= 1n) if ((low | bit) ** BigInt(root) <= x) low |= bit;
    out.push(Number(BigInt.asUintN(32, low)));
  }
  return out;
}
