/**
 * A pipeline of one element on two locks
 *
 * The locks are signals here: the producer takes one and the consumer releases it, and the other way round. Run it with
 * `--debug` to see every step of that.
 */
import { AtomicInt32, Lock, Thread } from 'threadwork';
import { check } from './check.js';

const SENTINEL = -1;
const COUNT = 10;
const debugging = process.argv.includes('--debug');

function debug(text: string, name: string) {
  if (debugging) console.debug(text, name);
}

/** A single element pipeline between producer and consumer. */
class Pipeline {
  readonly message = new AtomicInt32(0);
  readonly producerLock = new Lock(); // held: there is a message that the producer must not overwrite
  readonly consumerLock = new Lock(); // held: there is no message yet

  constructor() {
    this.consumerLock.acquire();
  }

  getMessage(name: string) {
    debug('%s:about to acquire getlock...', name);
    this.consumerLock.acquire();
    debug('%s:have getlock...', name);
    const message = this.message.load();
    debug('%s:about to release setlock...', name);
    this.producerLock.release();
    debug('%s:setlock released...', name);
    return message;
  }

  setMessage(message: number, name: string) {
    debug('%s:about to acquire setlock...', name);
    this.producerLock.acquire();
    debug('%s:have setlock...', name);
    this.message.store(message);
    debug('%s:about to release getlock...', name);
    this.consumerLock.release();
    debug('%s:getlock released...', name);
  }
}

const got = new Int32Array(new SharedArrayBuffer(4 * COUNT));
const stored = new Int32Array(new SharedArrayBuffer(4 * COUNT));
const storedCount = new AtomicInt32(0);

/** Pretends to get messages from the network. */
function producer(pipeline: Pipeline) {
  for (let index = 0; index < COUNT; index++) {
    const message = 1 + Math.floor(Math.random() * 101);
    console.info('Producer got message: %s', message);
    got[index] = message;
    pipeline.setMessage(message, 'Producer');
  }
  // Send a sentinel message to tell the consumer that we're done
  pipeline.setMessage(SENTINEL, 'Producer');
}

/** Pretends to save numbers in a database. */
function consumer(pipeline: Pipeline) {
  let message = 0;
  while (message !== SENTINEL) {
    message = pipeline.getMessage('Consumer');
    if (message !== SENTINEL) {
      console.info('Consumer storing message: %s', message);
      stored[storedCount.add(1)] = message;
    }
  }
}

const pipeline = new Pipeline();
const threads = [
  new Thread({ target: producer, args: [pipeline] }),
  new Thread({ target: consumer, args: [pipeline] }),
];
for (const t of threads) t.start();
for (const t of threads) t.join();

check('every message was stored once', storedCount.load() === COUNT, `${storedCount.load()} were`);
check(
  'in the order in which they came',
  stored.join() === got.join() && stored.every((message) => message > 0),
  `got ${got}, stored ${stored}`,
);
check(
  'the pipeline is as it was',
  !pipeline.producerLock.locked() && pipeline.consumerLock.locked(),
  `${pipeline.producerLock}, ${pipeline.consumerLock}`,
);
