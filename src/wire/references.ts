/**
 * Which objects a message holds already, each with its slot number.
 *
 * Most messages hold a handful: those are searched one by one. In larger ones a map from objects to numbers would cost as
 * much as all other writing, because the engine gives each object an identity hash and the map grows with every one. So
 * plain objects and arrays are looked up by a print of their contents, the primitives that stand in front of their first
 * object: whatever is met a second time begins the same again. Objects with one print are told apart by identity. Those
 * whose print says nothing (there is no primitive, or many begin alike) are looked up in a map after all.
 *
 * An object is entered before anything in it is written, so that circles close. Getters can make an object begin differently
 * each time; it is then another object each time, and in a circle found by the map, which holds whatever is nested deeply.
 */
const LINEAR = 10;
/** Objects with one print, or places in a row of the table, that are compared before the map is asked. */
const LONGEST_CHAIN = 16;
/** Places of the table at first; a power of two, as all its sizes. */
const TABLE = 256;
/** A table beyond this is not kept for the next message. */
const TABLE_KEPT = 1 << 16;

export class References {
  /** The first few. */
  private readonly objects: (object | null)[] = Array.from({ length: LINEAR }, () => null);
  private readonly slots: number[] = Array.from({ length: LINEAR }, () => 0);
  private count = 0;
  private map: Map<object, number> | null = null;

  /** What is found by its print: the objects, their slots and prints. */
  private printed: (object | null)[] = [];
  private printedCount = 0;
  private printedSlots: Int32Array = new Int32Array(TABLE / 2);
  private prints: Int32Array = new Int32Array(TABLE / 2);
  /** By print: `base` + 1 + index of an object. What is not above `base` was entered for an earlier message. */
  private table: Int32Array = new Int32Array(TABLE);
  private base = 0;
  /** As many places of `table` as were ever filled since `base` was set. */
  private filled = 0;
  /** Whether the map holds objects that have a print. */
  private mapped = false;

  /** Whether there are so many objects that `meet` is to be asked for those that have a print. */
  get many(): boolean {
    return this.count === LINEAR;
  }

  /** Slot of `object`, or -1: also for objects that only `meet` finds. */
  find(object: object): number {
    const slot = this.findFirst(object);
    return slot >= 0 || this.map === null ? slot : (this.map.get(object) ?? -1);
  }

  /** As `find`, for an object that `meet` is asked for in any case: of the map that one knows more. */
  findFirst(object: object): number {
    const { objects, count } = this;
    for (let k = 0; k < count; k++) if (objects[k] === object) return this.slots[k];
    return -1;
  }

  add(object: object, slot: number): void {
    if (this.count < LINEAR) {
      this.objects[this.count] = object;
      this.slots[this.count++] = slot;
    } else (this.map ??= new Map()).set(object, slot);
  }

  /** As `add`, for an object that may have a print. */
  addDeep(object: object, slot: number): void {
    this.mapped = true;
    this.add(object, slot);
  }

  /** Slot of an object that `findFirst` did not find; if it is new, -1, and it is entered with `slot`. */
  meet(object: object, print: number, slot: number): number {
    if (print !== 0) {
      const found = this.lookUp(object, print);
      if (found >= 0) return found;
    }
    if ((print === 0 || this.mapped) && this.map !== null) {
      const found = this.map.get(object);
      if (found !== undefined) return found;
    }
    if (print === 0) this.add(object, slot);
    else if (this.chain === LONGEST_CHAIN) this.addDeep(object, slot);
    else this.enter(object, print, slot, this.free);
    return -1;
  }

  /** Slot of an object that was added already because it is nested deeply, if it was met elsewhere before; else -1. */
  meetAgain(object: object, print: number): number {
    const found = print === 0 ? -1 : this.lookUp(object, print);
    if (found >= 0) this.map?.set(object, found);
    return found;
  }

  /** Where the last search ended, and after how many steps. */
  private free = 0;
  private chain = 0;

  private lookUp(object: object, print: number): number {
    const { table, base, prints, printed } = this;
    const mask = table.length - 1;
    let place = (print ^ (print >>> 15)) & mask;
    let chain = 0;
    for (; chain < LONGEST_CHAIN; chain++) {
      const index = table[place] - base - 1;
      if (index < 0) break;
      if (prints[index] === print && printed[index] === object) return this.printedSlots[index];
      place = (place + 1) & mask;
    }
    this.free = place;
    this.chain = chain;
    return -1;
  }

  private enter(object: object, print: number, slot: number, place: number): void {
    const index = this.printedCount++;
    this.printed[index] = object;
    this.prints[index] = print;
    this.printedSlots[index] = slot;
    this.table[place] = this.base + index + 1;
    if (++this.filled === this.prints.length) this.grow();
  }

  private grow(): void {
    const { prints, printedSlots, printed } = this;
    const places = this.table.length * 2;
    this.table = new Int32Array(places);
    this.prints = new Int32Array(places / 2);
    this.prints.set(prints);
    this.printedSlots = new Int32Array(places / 2);
    this.printedSlots.set(printedSlots);
    this.base = 0;
    this.filled = this.printedCount;
    for (let k = 0; k < this.printedCount; k++) {
      const object = printed[k] as object;
      this.lookUp(object, prints[k]);
      if (this.chain === LONGEST_CHAIN) this.addDeep(object, printedSlots[k]);
      else this.table[this.free] = k + 1;
    }
  }

  /** Forgets the objects whose slots are `from` or higher. */
  truncate(from: number): void {
    if (this.map !== null) {
      if (from === 0) {
        this.map = null;
        this.mapped = false;
      } else for (const [object, slot] of this.map) if (slot >= from) this.map.delete(object);
    }
    while (this.count > 0 && this.slots[this.count - 1] >= from) this.objects[--this.count] = null;
    if (this.printedCount > 0) this.truncatePrinted(from);
  }

  private truncatePrinted(from: number): void {
    if (from > 0) {
      // Their places in the table stay taken, by whatever gets their index next: `lookUp` compares the objects themselves.
      while (this.printedCount > 0 && this.printedSlots[this.printedCount - 1] >= from)
        this.printed[--this.printedCount] = null;
      return;
    }
    this.base += this.filled;
    this.filled = 0;
    // The array's memory is kept, what it refers to is not.
    this.printed.fill(null, 0, this.printedCount);
    this.printedCount = 0;
    if (this.table.length <= TABLE_KEPT && this.base < 2 ** 30) return;
    const places = Math.min(this.table.length, TABLE);
    this.printed = [];
    this.table = new Int32Array(places);
    this.prints = new Int32Array(places / 2);
    this.printedSlots = new Int32Array(places / 2);
    this.base = 0;
  }
}
