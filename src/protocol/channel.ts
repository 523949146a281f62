import { deserializeError, serializeError, type SerializedError } from './userError.ts';

/**
 * What one end does for the other: for each `type` of message a function from that message to its
 * answer. Written with method signatures, `interface Host { hydrate(message: HydrateMessage): RunView }`.
 */
export type Service<S> = {
  readonly [T in keyof S]: (message: never) => unknown;
};

type MessageOf<S extends Service<S>> = Parameters<S[keyof S]>[0] & Message;
type AnswerOf<S extends Service<S>, T> = T extends keyof S ? ReturnType<S[T]> : never;

/** The service as the serving end writes it: any answer may take its time. */
export type Handlers<S extends Service<S>> = {
  readonly [T in keyof S]: (
    message: Parameters<S[T]>[0],
  ) => ReturnType<S[T]> | Promise<ReturnType<S[T]>>;
};

/** A request: its literal `type` says what is asked. */
export interface Message {
  readonly type: string;
}

/** What travels: a request and, for each one, exactly one answer or refusal. */
export type Envelope =
  | { readonly kind: 'request'; readonly id: number; readonly message: Message }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly error: SerializedError };

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * One end of a typed conversation between two worlds that can only post messages to each other.
 * Either end may ask; every request is answered or refused, also when its handler rejects.
 * `Remote` is what the other end does for this one, `Local` what this one does for the other.
 */
export class Channel<Remote extends Service<Remote>, Local extends Service<Local>> {
  readonly #post: (envelope: Envelope) => void;
  readonly #handlers: Handlers<Local>;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;

  constructor(post: (envelope: Envelope) => void, handlers: Handlers<Local>) {
    this.#post = post;
    this.#handlers = handlers;
  }

  /** Asks the other end; rejects with the error its handler threw, or when this end gives up. */
  request<M extends MessageOf<Remote>>(message: M): Promise<AnswerOf<Remote, M['type']>> {
    const id = this.#nextId++;
    return new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#post({ kind: 'request', id, message });
    }) as Promise<AnswerOf<Remote, M['type']>>;
  }

  /** Takes what the other end posted; anything else is ignored. */
  async receive(envelope: Envelope): Promise<void> {
    switch (envelope.kind) {
      case 'request':
        this.#post(await this.#answer(envelope.id, envelope.message));
        return;
      case 'answer':
        this.#settle(envelope.id)?.resolve(envelope.value);
        return;
      case 'refusal':
        this.#settle(envelope.id)?.reject(deserializeError(envelope.error));
        return;
    }
  }

  /** Rejects everything still unanswered: the other end is gone or was replaced. */
  abandon(reason: string): void {
    for (const { reject } of this.#pending.values()) reject(new Error(reason));
    this.#pending.clear();
  }

  async #answer(id: number, message: Message): Promise<Envelope> {
    try {
      const handlers = this.#handlers as Partial<Record<string, (message: Message) => unknown>>;
      const handler = handlers[message.type];
      if (handler === undefined) throw new Error(`Nobody here answers “${message.type}”.`);
      return { kind: 'answer', id, value: await handler(message) };
    } catch (error) {
      return { kind: 'refusal', id, error: serializeError(error) };
    }
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }
}
