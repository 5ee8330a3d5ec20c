// Reads a number of items from each line of stdin, answers with the ns per item through a channel of multithreading.
import { createInterface } from 'node:readline';
import { channel, move, spawn } from 'multithreading';

// Its threads would keep the process alive.
process.stdin.on('end', () => process.exit());
for await (const line of createInterface({ input: process.stdin })) {
  const times = Number(line);
  const [sender, receiver] = channel();
  const start = performance.now();
  const consumer = spawn(move(receiver, times), async (items, count) => {
    for (let k = 0; k < count; k++) await items.recv();
  });
  for (let k = 0; k < times; k++) await sender.send(k);
  await consumer.join();
  console.log(((performance.now() - start) * 1e6) / times);
}
