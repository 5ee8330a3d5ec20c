import pc from 'picocolors';

/** Colours for a stream: none where it is no terminal, unless FORCE_COLOR asks for them; none where NO_COLOR is set. */
export function colorsFor(stream: { isTTY?: boolean }): ReturnType<typeof pc.createColors> {
  const { FORCE_COLOR, NO_COLOR, TERM } = process.env;
  const isCapable = stream.isTTY === true && TERM !== 'dumb';
  return pc.createColors(!NO_COLOR && (FORCE_COLOR ? FORCE_COLOR !== '0' : isCapable));
}
