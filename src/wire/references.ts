/**
 * Which objects a message holds already, each with its slot number. Most messages hold a handful: those are searched one by
 * one, which is several times cheaper than giving each object an identity hash.
 */
const LINEAR = 10;

export class References {
  private readonly objects: object[] = [];
  private readonly slots: number[] = [];
  private map: Map<object, number> | null = null;

  /** Slot of `object`, or -1. */
  find(object: object): number {
    if (this.map !== null) return this.map.get(object) ?? -1;
    const { objects } = this;
    for (let k = 0; k < objects.length; k++) if (objects[k] === object) return this.slots[k];
    return -1;
  }

  add(object: object, slot: number): void {
    if (this.map !== null) {
      this.map.set(object, slot);
      return;
    }
    const count = this.objects.push(object);
    this.slots.push(slot);
    if (count > LINEAR) {
      this.map = new Map();
      for (let k = 0; k < count; k++) this.map.set(this.objects[k], this.slots[k]);
      this.objects.length = 0;
      this.slots.length = 0;
    }
  }

  /** Forgets the objects whose slots are `from` or higher. */
  truncate(from: number): void {
    if (this.map !== null) {
      if (from === 0) this.map = null;
      else for (const [object, slot] of this.map) if (slot >= from) this.map.delete(object);
    }
    while (this.slots.length > 0 && this.slots[this.slots.length - 1] >= from) {
      this.slots.pop();
      this.objects.pop();
    }
  }
}
