// The task of the peers whose workers load it from a file.
export default function tiny(n) {
  return n + 1;
}
