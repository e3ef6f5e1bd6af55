/**
 * What keeping an image costs, in US dollars a month, to the cent; null where its size or the rate is not known.
 *
 * @param rate In US dollars a GB and month.
 */
export function costOf(sizeGb: number | null | undefined, rate: number | undefined): number | null {
  return typeof sizeGb !== 'number' || rate === undefined ? null : Math.round(sizeGb * rate * 100) / 100;
}
