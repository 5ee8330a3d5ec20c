/**
 * A row of the result: one figure beside one yardstick.
 */

/** What a topic measured. A `null` value says that it could not be measured; `note` then says why. */
export interface Figure {
  readonly name: string;
  readonly ours: number | null;
  readonly unit: string;
  readonly yardstick: string | null;
  readonly yardstickValue: number | null;
  /** The target: `times` the yardstick at most, or `most` in the unit, or both. Absent: the figure is for information. */
  readonly times?: number;
  readonly most?: number;
  readonly note?: string;
}

export interface Row {
  readonly topic: string;
  readonly name: string;
  readonly ours: number | null;
  readonly unit: string;
  readonly yardstick: string | null;
  readonly yardstickValue: number | null;
  readonly ratio: number | null;
  readonly target: string | null;
  /** Whether the target is met; null where there is none, or where it could not be compared. */
  readonly met: boolean | null;
  readonly note: string | null;
}

/** Compares a figure with its target. */
export function judge(topic: string, figure: Figure): Row {
  const { name, ours, unit, yardstick, yardstickValue, times, most, note } = figure;
  const ratio = ours === null || yardstickValue === null || yardstickValue === 0 ? null : ours / yardstickValue;
  const targets = [
    ...(times === undefined
      ? []
      : [{ text: `≤ ${Number(times.toFixed(2))} ×`, met: ratio === null ? null : ratio <= times }]),
    ...(most === undefined ? [] : [{ text: `≤ ${most} ${unit}`, met: ours === null ? null : ours <= most }]),
  ];
  const open = targets.length === 0 || targets.some(({ met }) => met === null);
  return {
    topic,
    name,
    ours,
    unit,
    yardstick,
    yardstickValue,
    ratio,
    target: targets.length === 0 ? null : targets.map(({ text }) => text).join(', '),
    met: open ? null : targets.every(({ met }) => met === true),
    note: note ?? null,
  };
}
