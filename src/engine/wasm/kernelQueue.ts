/** Words of the queue that are not calls. */
enum Word {
  /** Counts the rounds; threads wait for it to change. */
  Round,
  /** Calls of this round, and those that nobody has taken. */
  Calls,
  Untaken,
  /** Calls of this round that are finished. */
  Finished,
  /** Where the threads' scratch memory begins, and bytes that each has. */
  Scratch,
  ScratchBytes,
  /** 1 once a kernel has trapped. */
  Failed,
  FirstCall,
}

/** Words of a call: its kernel and as many arguments. */
const CALL_WORDS = 16;
const MOST_CALLS = 256;
/** A thread looks this often for the next round before it sleeps: waking it takes much longer. */
const LOOKS = 2000;

/** What a thread runs calls with: the kernels, in the order in which their module exports them. */
export interface KernelInstance {
  readonly kernels: readonly ((...args: number[]) => void)[];
  /** Says where this thread's own memory for intermediate values is. */
  readonly useScratch: (address: number) => void;
}

/**
 * A list of kernel calls in shared memory that threads work off together: each takes the next call
 * that nobody has taken. The calls of a round may run in any order and at the same time.
 */
export class KernelQueue {
  readonly #words: Int32Array;

  constructor(readonly memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory);
  }

  static create(): KernelQueue {
    const words = Word.FirstCall + MOST_CALLS * CALL_WORDS;
    return new KernelQueue(new SharedArrayBuffer(4 * words));
  }

  /** Runs calls, each [kernel, ...arguments], and returns when all are finished. */
  run(
    calls: readonly (readonly number[])[],
    scratch: { readonly address: number; readonly bytes: number },
    instance: KernelInstance,
  ): void {
    const words = this.#words;
    for (let first = 0; first < calls.length; first += MOST_CALLS) {
      const round = calls.slice(first, first + MOST_CALLS);
      round.forEach((call, index) => {
        words.set(call, Word.FirstCall + index * CALL_WORDS);
      });
      words[Word.Scratch] = scratch.address;
      words[Word.ScratchBytes] = scratch.bytes;
      words[Word.Calls] = round.length;
      words[Word.Finished] = 0;
      Atomics.store(words, Word.Untaken, round.length);
      Atomics.add(words, Word.Round, 1);
      Atomics.notify(words, Word.Round);
      this.#work(instance, 0);
      this.#awaitFinish();
    }
  }

  /** Works on every round from now on, as thread number `thread`, 1 or more. */
  serve(instance: KernelInstance, thread: number): never {
    const words = this.#words;
    let seen = 0;
    for (;;) {
      for (let look = 0; look < LOOKS && Atomics.load(words, Word.Round) === seen; look++);
      Atomics.wait(words, Word.Round, seen);
      seen = Atomics.load(words, Word.Round);
      try {
        this.#work(instance, thread);
      } catch (error) {
        Atomics.store(words, Word.Failed, 1);
        // Whoever waits for the count to change looks again.
        Atomics.add(words, Word.Finished, 1);
        Atomics.notify(words, Word.Finished);
        throw error;
      }
    }
  }

  #work({ kernels, useScratch }: KernelInstance, thread: number): void {
    const words = this.#words;
    for (let call = this.#take(); call !== undefined; call = this.#take()) {
      useScratch(words[Word.Scratch]! + thread * words[Word.ScratchBytes]!);
      const at = Word.FirstCall + call * CALL_WORDS;
      callKernel(kernels[words[at]!]!, words, at);
      const finished = Atomics.add(words, Word.Finished, 1) + 1;
      // Only the last call wakes who waits. If that has begun a new round already, it looks again.
      if (finished === words[Word.Calls]) Atomics.notify(words, Word.Finished);
    }
  }

  /**
   * Takes a call of the round that is on at this moment, which then cannot end without it. A thread
   * may sleep anywhere in here while rounds pass: what it read before counts only if it still holds.
   */
  #take(): number | undefined {
    const words = this.#words;
    for (;;) {
      const untaken = Atomics.load(words, Word.Untaken);
      if (untaken === 0) return undefined;
      if (Atomics.compareExchange(words, Word.Untaken, untaken, untaken - 1) === untaken) {
        return words[Word.Calls]! - untaken;
      }
    }
  }

  #awaitFinish(): void {
    const words = this.#words;
    for (let look = 0; ; look++) {
      const finished = Atomics.load(words, Word.Finished);
      if (Atomics.load(words, Word.Failed) === 1) throw new Error('a kernel failed in a thread');
      if (finished === words[Word.Calls]) break;
      if (look > LOOKS) Atomics.wait(words, Word.Finished, finished);
    }
  }
}

/** Makes the call at a word. Spreading its arguments would take longer than many a kernel. */
function callKernel(
  kernel: KernelInstance['kernels'][number],
  words: Int32Array,
  at: number,
): void {
  kernel(
    words[at + 1]!,
    words[at + 2]!,
    words[at + 3]!,
    words[at + 4]!,
    words[at + 5]!,
    words[at + 6]!,
    words[at + 7]!,
    words[at + 8]!,
    words[at + 9]!,
    words[at + 10]!,
    words[at + 11]!,
    words[at + 12]!,
    words[at + 13]!,
    words[at + 14]!,
    words[at + 15]!,
  );
}
