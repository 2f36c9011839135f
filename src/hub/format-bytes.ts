// Byte counts for people, in decimal units as disks and downloads are labeled.

const units = ['kB', 'MB', 'GB', 'TB'];

/** Returns a byte count with three significant digits and its unit, as in `5.07 GB`; below 1000, `547 bytes`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} bytes`;
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${Number(value.toPrecision(3))} ${units[unit]}`;
}
